using System.Collections.Concurrent;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// What the drive has found out about snapshots: PowerShell asks for each item of a path by itself. A command of this module that ends makes it look
/// again; what other processes do shows after <see cref="Limit"/>.
/// </summary>
internal sealed class DriveMemory
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(BackupEngine Engine, string Repository), (SnapshotNames Names, long Time)> snapshots = new();
    private readonly ConcurrentDictionary<(BackupEngine Engine, string Repository, string Policy, string Host), (string? SnapshotId, long Time)> latest = new();

    /// <summary>The snapshots of a repository as they are now.</summary>
    internal async Task<SnapshotNames> ReadAsync(BackupEngine engine, string repository, Action<BackupFault>? onFault, CancellationToken cancellationToken)
    {
        var all = new List<BackupSnapshot>();
        await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(new SnapshotQuery { Repository = repository }, RunCallbacks.None with { OnFault = onFault }, cancellationToken)) all.Add(snapshot);
        var names = new SnapshotNames(all);
        snapshots[(engine, repository)] = (names, TimeProvider.System.GetTimestamp());
        return names;
    }

    /// <summary>The same as they were a moment ago.</summary>
    internal ValueTask<SnapshotNames> GetAsync(BackupEngine engine, string repository, CancellationToken cancellationToken) =>
        snapshots.TryGetValue((engine, repository), out (SnapshotNames Names, long Time) known) && IsYoung(known.Time)
            ? new ValueTask<SnapshotNames>(known.Names)
            : new ValueTask<SnapshotNames>(ReadAsync(engine, repository, onFault: null, cancellationToken));

    /// <summary>The id of the snapshot that a path leads to or into; <see langword="null"/> when there is none.</summary>
    /// <exception cref="BackupException">There are several, or the repository cannot be read.</exception>
    internal async ValueTask<string?> ResolveAsync(BackupEngine engine, DrivePath path, CancellationToken cancellationToken)
    {
        if (path.IsLatest) return await FindLatestAsync(engine, path, cancellationToken);

        // What a name means does not change: only one that is not known is a reason to look again.
        if (snapshots.TryGetValue((engine, path.Repository), out (SnapshotNames Names, long Time) known) && known.Names.Resolve(path.Policy, path.Host, path.Snapshot) is { } id) return id;
        SnapshotNames names = await ReadAsync(engine, path.Repository, onFault: null, cancellationToken);
        return names.Resolve(path.Policy, path.Host, path.Snapshot);
    }

    /// <summary>Looks again at what comes next.</summary>
    internal void Forget()
    {
        snapshots.Clear();
        latest.Clear();
    }

    private static bool IsYoung(long time) => TimeProvider.System.GetElapsedTime(time) < Limit;

    // In the folder of a policy, that is this host's.
    private async ValueTask<string?> FindLatestAsync(BackupEngine engine, DrivePath path, CancellationToken cancellationToken)
    {
        string host = path.Host;
        (BackupEngine, string, string, string) key = (engine, path.Repository, path.Policy, host);
        if (latest.TryGetValue(key, out (string? SnapshotId, long Time) known) && IsYoung(known.Time)) return known.SnapshotId;
        string? id = null;
        var query = new SnapshotQuery
        {
            Repository = path.Repository,
            PolicyName = path.Policy,
            Hosts = host.Length == 0 ? null : HostSelection.Named(name => name.Equals(host, StringComparison.OrdinalIgnoreCase)),
            Last = 1,
        };
        await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(query, RunCallbacks.None, cancellationToken)) id = snapshot.SnapshotId;
        latest[key] = (id, TimeProvider.System.GetTimestamp());
        return id;
    }
}
