using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A cmdlet that works on snapshots which the user names by id.</summary>
public abstract class SnapshotCmdlet : SecretCmdlet
{
    /// <summary>A property that snapshots have along the pipeline when the user has named their hosts.</summary>
    internal const string HostChosenName = "HostChosen";

    private const int WholeIdLength = 32;

    /// <summary>The one snapshot whose id begins so.</summary>
    /// <param name="snapshotId">The id or its beginning.</param>
    /// <param name="repository">Where to look; <see langword="null"/>: in every registered repository.</param>
    /// <exception cref="BackupException">There is none, or there are several.</exception>
    private protected BackupSnapshot FindSnapshot(string? snapshotId, string? repository)
    {
        if (string.IsNullOrEmpty(snapshotId)) throw NoSnapshot();
        var query = new SnapshotQuery { Repository = ResolveRepository(repository), SnapshotId = snapshotId, Secret = GivenSecret() };
        List<BackupFault> faults = [];
        BackupSnapshot[] found;
        try
        {
            found = [.. Stream((callbacks, token) => Engine.GetSnapshotsAsync(query, callbacks, token), faults.Add).Take(2)];
        }
        catch (BackupException e) when (e.Error == BackupError.SnapshotNotFound)
        {
            // It may be in one of those that could not be searched.
            foreach (BackupFault fault in faults) WriteError(ErrorMapper.ToRecord(fault));
            throw;
        }

        if (found.Length == 1) return found[0];
        throw found[0].SnapshotId == found[1].SnapshotId
            ? new BackupException(BackupError.SnapshotAmbiguous, $"The snapshot '{snapshotId}' is in several repositories, such as '{found[0].Repository}' and '{found[1].Repository}': name one with -Repository.", snapshotId)
            : new BackupException(BackupError.SnapshotAmbiguous, $"Several snapshots have an id that begins with '{snapshotId}'.", snapshotId);
    }

    /// <summary>Repository and whole id of a snapshot. Where both are given, nothing is read: whether it is there, its use tells.</summary>
    /// <param name="snapshotId">The id or its beginning.</param>
    /// <param name="repository">Where to look; <see langword="null"/>: in every registered repository.</param>
    /// <exception cref="BackupException">There is none, or there are several.</exception>
    private protected (string Repository, string SnapshotId) LocateSnapshot(string? snapshotId, string? repository)
    {
        if (snapshotId is { Length: WholeIdLength } && snapshotId.All(char.IsAsciiHexDigit) && ResolveRepository(repository) is { } known) return (known, snapshotId.ToLowerInvariant());
        BackupSnapshot found = FindSnapshot(snapshotId, repository);
        return (found.Repository, found.SnapshotId);
    }

    /// <summary>The same for a snapshot that must be of certain hosts, where the user has named any.</summary>
    /// <param name="snapshotId">The id or its beginning.</param>
    /// <param name="repository">Where to look; <see langword="null"/>: in every registered repository.</param>
    /// <param name="hosts">Which hosts the user has named.</param>
    /// <param name="verb">What is to be done, for the message.</param>
    /// <exception cref="BackupException">There is none, there are several, or it is of another host.</exception>
    private protected (string Repository, string SnapshotId) LocateSnapshot(string? snapshotId, string? repository, HostSelection? hosts, string verb)
    {
        if (hosts is null) return LocateSnapshot(snapshotId, repository);
        BackupSnapshot found = FindSnapshot(snapshotId, repository);
        CheckHost(found, hosts, named: false, verb);
        return (found.Repository, found.SnapshotId);
    }

    /// <summary>Which hosts <c>-HostName</c> and <c>-AllHosts</c> name; <see langword="null"/> where neither was given.</summary>
    /// <exception cref="BackupException">Both were given.</exception>
    private protected static HostSelection? ToHosts(string[] hostName, bool allHosts)
    {
        if (allHosts && hostName.Length > 0) throw new BackupException(BackupError.InvalidArgument, "-HostName and -AllHosts exclude each other.", "HostName");
        if (allHosts) return HostSelection.All;
        if (hostName.Length == 0) return null;
        WildcardPattern[] patterns = Array.ConvertAll(hostName, NamePattern.Of);
        return HostSelection.Named(name => Array.Exists(patterns, p => p.IsMatch(name)));
    }

    /// <summary>Throws for a snapshot of another host, unless it is meant: what would be written over, changed or removed by it may be what this host needs.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="hosts">Which hosts the user has named.</param>
    /// <param name="named">Whether the user has named the snapshot itself.</param>
    /// <param name="verb">What is to be done, for the message.</param>
    /// <exception cref="BackupException"><see cref="BackupError.OtherHost"/></exception>
    private protected void CheckHost(BackupSnapshot snapshot, HostSelection? hosts, bool named, string verb)
    {
        if (hosts is null && named) return;
        string? ownId = Await(token => Engine.FindHostIdAsync(token));
        if ((hosts ?? HostSelection.Own).Has(snapshot.HostId, snapshot.HostName, ownId)) return;
        throw new BackupException(
            BackupError.OtherHost,
            $"The {Describe(snapshot)} was not made {(hosts is null ? $"on this host with this installation of BackupPS (but on {snapshot.HostName}, {ViewText.Id(snapshot.HostId)})" : $"on a host that -HostName names, but on {snapshot.HostName}")}: it is not {verb}.",
            snapshot.SnapshotId);
    }

    /// <summary>The error for a record that carries an empty id: the result of a run that committed no snapshot.</summary>
    private protected static BackupException NoSnapshot() =>
        new(BackupError.SnapshotNotFound, "The record names no snapshot: its run committed none.", nameof(BackupResult.SnapshotId));

    /// <summary>For the one line of a progress bar: <c>snapshot 1a2b3c4d</c>.</summary>
    private protected static string Brief(BackupSnapshot snapshot) => $"snapshot {ViewText.Id(snapshot.SnapshotId)}";

    /// <summary>For messages: <c>snapshot 1a2b3c4d of web on host1 (2026-11-03 14:05:09 +01:00)</c>.</summary>
    private protected static string Describe(BackupSnapshot snapshot) =>
        $"{Brief(snapshot)}{(snapshot.PolicyName.Length > 0 ? $" of {snapshot.PolicyName}" : "")} on {ViewText.Path(snapshot.HostName)} ({ViewText.Time(snapshot.Time)})";
}
