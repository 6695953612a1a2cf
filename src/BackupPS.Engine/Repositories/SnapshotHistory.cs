using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Every snapshot of a repository, and whether these are all: each names the one before it, a removal leaves a record that does so too, and this host remembers
/// what it saw. What is named or remembered, and is neither there nor explained by a tombstone or a removal, is a hole.
/// </summary>
internal sealed class SnapshotHistory
{
    private readonly Repository repository;
    private readonly SnapshotStore store;
    private readonly List<SnapshotRecord> snapshots = [];
    private readonly List<Doubt> doubts = [];
    private readonly HashSet<string> there = new(StringComparer.Ordinal);
    private readonly HashSet<string> removed = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, string NamedBy)> expected = new();

    private SnapshotHistory(Repository repository, TimeProvider time)
    {
        this.repository = repository;
        store = new SnapshotStore(repository, time);
    }

    /// <summary>Snapshots that can be read, in no order.</summary>
    public IReadOnlyList<SnapshotRecord> Snapshots => snapshots;

    /// <summary>What speaks against these being all.</summary>
    public IReadOnlyList<Doubt> Doubts => doubts;

    /// <summary>Whether nothing is there that tells of any snapshot, past or present.</summary>
    public bool IsEmpty => snapshots.Count == 0 && removed.Count == 0;

    /// <summary>Reads all of it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="time">The clock.</param>
    /// <param name="remembered">Ids of snapshots that this host has seen.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<SnapshotHistory> ReadAsync(Repository repository, TimeProvider time, IEnumerable<string> remembered, CancellationToken cancellationToken)
    {
        var history = new SnapshotHistory(repository, time);

        // In this order: a removal puts its record before the snapshot goes, so that what a listing of snapshots misses is in the later one of removals.
        await history.ReadSnapshotsAsync(cancellationToken);
        await history.ReadRemovalsAsync(cancellationToken);
        foreach (string id in remembered) history.expected.Enqueue((id, "this host has seen it"));
        await history.ExplainAsync(cancellationToken);
        return history;
    }

    private async Task ReadSnapshotsAsync(CancellationToken cancellationToken)
    {
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Snapshots, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string id = RepositoryLayout.LastSegment(item.Name);
            if (item.IsObject) await TakeSnapshotAsync(id, cancellationToken);
            else AddObstacle(item.Name, id);
        }
    }

    // Whether it, or a tombstone, is there.
    private async Task<bool> TakeSnapshotAsync(string id, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Snapshot(id);
        try
        {
            byte[]? bytes = await repository.GetRecordBytesAsync(name, cancellationToken);
            if (bytes is null)
            {
                // Removed since it was listed, or lost since then.
                expected.Enqueue((id, "it was there a moment ago"));
                return false;
            }

            there.Add(id);
            if (store.OpenRecord(id, bytes) is not { } record) return true;
            snapshots.Add(record);
            if (record.PredecessorId.Length > 0) expected.Enqueue((record.PredecessorId, $"snapshot {record.Id} names it as its predecessor"));
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            there.Add(id);
            doubts.Add(new Doubt(DoubtKind.Unreadable, name, id, $"snapshot {id} cannot be read ({e.Message.TrimEnd('.')})"));
        }

        return true;
    }

    private async Task ReadRemovalsAsync(CancellationToken cancellationToken)
    {
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Removals, cancellationToken))
        {
            if (!RepositoryLayout.IsOurs(item.Name)) continue;
            string id = RepositoryLayout.LastSegment(item.Name);
            if (item.IsObject) await TakeRemovalAsync(id, cancellationToken);
            else AddObstacle(item.Name, id);
        }
    }

    // Whether a record is there. Also one that is damaged says that somebody removed the snapshot; which was the one before that is not known then.
    private async Task<bool> TakeRemovalAsync(string id, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Removal(id);
        try
        {
            RemovalRecord? removal = await repository.ReadRecordAsync(SealedType.Removal, name, RepositoryJson.Default.RemovalRecord, cancellationToken);
            if (removal is null) return false;
            removed.Add(id);
            if (removal.PredecessorId.Length > 0) expected.Enqueue((removal.PredecessorId, $"the removed snapshot {id} names it as its predecessor"));
        }
        catch (BackupException e) when (e.IsUnavailable)
        {
            removed.Add(id);
            doubts.Add(new Doubt(DoubtKind.Unreadable, name, id, $"the record of the removal of snapshot {id} cannot be read ({e.Message.TrimEnd('.')})"));
        }

        return true;
    }

    // What comes while it is listed may be named by what was listed: it is looked up, and is read like any other.
    private async Task ExplainAsync(CancellationToken cancellationToken)
    {
        var settled = new HashSet<string>(StringComparer.Ordinal);
        while (expected.TryDequeue(out (string Id, string NamedBy) next))
        {
            (string id, string namedBy) = next;
            if (!settled.Add(id) || removed.Contains(id) || there.Contains(id)) continue;
            if (await TakeSnapshotAsync(id, cancellationToken) || await TakeRemovalAsync(id, cancellationToken)) continue;
            string text = $"snapshot {id} is missing, and no record says that it was removed ({namedBy})";
            doubts.Add(new Doubt(DoubtKind.Missing, RepositoryLayout.Snapshot(id), id, text));
        }
    }

    private void AddObstacle(string name, string id)
    {
        there.Add(id);
        doubts.Add(Doubt.OfObstacle(name));
    }
}
