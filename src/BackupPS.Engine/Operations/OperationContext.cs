using System.Security.Cryptography;
using System.Text;
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

    /// <summary>
    /// Id of this installation. Where the home folder cannot be used, one that follows from the machine's name: a backup by path must not
    /// fail for want of a catalog, and its snapshots still form a line of their own.
    /// </summary>
    public string FindHostId(RunCallbacks callbacks)
    {
        try
        {
            return HostIdentity.GetOrCreate(Options.HomeFolder, callbacks.OnWarning, Options.Machine());
        }
        catch (BackupException e)
        {
            callbacks.OnWarning?.Invoke($"The id of this host cannot be kept; one is derived from its name. {e.Message}");
            return DeriveHostId();
        }
    }

    /// <summary>The same, without making anything: <see langword="null"/> where none has been drawn for this machine yet.</summary>
    public string? FindKnownHostId()
    {
        try
        {
            return HostIdentity.Find(Options.HomeFolder, Options.Machine());
        }
        catch (BackupException)
        {
            return DeriveHostId();
        }
    }

    private string DeriveHostId() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("BackupPS host " + Options.Machine().HostName)).AsSpan(0, 16));
}
