namespace BackupPS.Cmdlets;

/// <summary><c>-Repository</c> also takes a <see cref="BackupRepository"/>, or whatever names its repository.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RepositoryTransformationAttribute : NamedObjectTransformationAttribute
{
    /// <summary>Creates the attribute.</summary>
    public RepositoryTransformationAttribute()
        : base(nameof(BackupRepository.Repository))
    {
    }
}
