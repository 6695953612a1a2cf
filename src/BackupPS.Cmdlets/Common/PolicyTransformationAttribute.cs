namespace BackupPS.Cmdlets;

/// <summary><c>-PolicyName</c> also takes a <see cref="BackupPolicy"/>, or whatever names its policy.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PolicyTransformationAttribute : NamedObjectTransformationAttribute
{
    /// <summary>Creates the attribute.</summary>
    public PolicyTransformationAttribute()
        : base(nameof(BackupPolicy.PolicyName))
    {
    }
}
