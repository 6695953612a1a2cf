using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A cmdlet that works on snapshots which the user names by id.</summary>
public abstract class SnapshotCmdlet : SecretCmdlet
{
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

    /// <summary>The error for a record that carries an empty id: the result of a run that committed no snapshot.</summary>
    private protected static BackupException NoSnapshot() =>
        new(BackupError.SnapshotNotFound, "The record names no snapshot: its run committed none.", nameof(BackupResult.SnapshotId));

    /// <summary>For the one line of a progress bar: <c>snapshot 1a2b3c4d</c>.</summary>
    private protected static string Brief(BackupSnapshot snapshot) => $"snapshot {ViewText.Id(snapshot.SnapshotId)}";

    /// <summary>For messages: <c>snapshot 1a2b3c4d of web (2026-11-03 14:05:09 +01:00)</c>.</summary>
    private protected static string Describe(BackupSnapshot snapshot) =>
        $"{Brief(snapshot)}{(snapshot.PolicyName.Length > 0 ? $" of {snapshot.PolicyName}" : "")} ({ViewText.Time(snapshot.Time)})";
}
