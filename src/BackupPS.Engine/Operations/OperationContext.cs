using BackupPS.Engine.Catalog;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations;

/// <summary>What every operation stands on. Built once by <see cref="BackupEngine"/>.</summary>
/// <param name="Options">Clock, workers, home.</param>
/// <param name="Catalog">The catalog.</param>
/// <param name="Connections">Repositories by name or path, and their keys.</param>
/// <param name="FileSystem">The file system of this machine.</param>
/// <param name="Ids">Draws ids.</param>
internal sealed record OperationContext(EngineOptions Options, CatalogDatabase Catalog, RepositoryConnections Connections, IFileSystem FileSystem, IdSource Ids)
{
    public TimeProvider Time => Options.TimeProvider;

    public DateTime Now => Options.TimeProvider.GetUtcNow().UtcDateTime;

    /// <summary>Random id of this installation.</summary>
    public string HostId => HostIdentity.GetOrCreate(Options.HomeFolder);
}
