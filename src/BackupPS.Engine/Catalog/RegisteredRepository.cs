namespace BackupPS.Engine.Catalog;

/// <summary>A repository that has a name on this host.</summary>
/// <param name="Name">Its name, unique without case.</param>
/// <param name="RepositoryId">Its id. Copies of one repository share it.</param>
/// <param name="Path">Absolute path of its folder.</param>
/// <param name="Registered">When it was created or connected here (UTC).</param>
internal sealed record RegisteredRepository(string Name, string RepositoryId, string Path, DateTime Registered);
