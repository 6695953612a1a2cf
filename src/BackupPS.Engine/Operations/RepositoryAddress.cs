namespace BackupPS.Engine.Operations;

/// <summary>Where a repository is.</summary>
/// <param name="Name">Registered name; empty where there is none.</param>
/// <param name="Path">Absolute path of its folder.</param>
/// <param name="RepositoryId">The id that it was registered with; empty where it is not registered.</param>
internal sealed record RepositoryAddress(string Name, string Path, string RepositoryId)
{
    /// <summary>What <c>-Repository</c> takes for it.</summary>
    public string Reference => Name.Length > 0 ? Name : Path;
}
