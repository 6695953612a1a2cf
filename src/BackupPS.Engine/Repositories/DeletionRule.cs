using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Absence is not permission (DESIGN section 6): the rule that the plan of every operation asks which deletes something. Nothing is deleted while a history has a
/// hole that neither a removal nor a tombstone explains, while a snapshot that this host remembers is gone, while a record of this cannot be read, or while
/// something that is no object stands where one could be. What is lost for good is given up by name.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="time">The clock.</param>
/// <param name="memory">What this host has seen in it.</param>
/// <param name="abandoned">Ids of snapshots that are given up; the repository's own: all that it may have had.</param>
internal sealed class DeletionRule(Repository repository, TimeProvider time, ISnapshotMemory memory, IReadOnlyCollection<string> abandoned)
{
    // A line of a terminal each. Who has more to bring back than that needs a copy of the repository, and no list.
    private const int MaximumTold = 20;

    private static readonly string[] OtherFolders =
    [
        RepositoryLayout.Packs, RepositoryLayout.Indexes, RepositoryLayout.Notes, RepositoryLayout.Retired, RepositoryLayout.Sessions, RepositoryLayout.Sweepers,
    ];

    // Also where the memory keeps nothing: what was seen a moment ago must not pass for gone in the next.
    private readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);

    /// <summary>Whether something is given up by this id.</summary>
    public bool IsAbandoned(string id) => abandoned.Contains(id);

    /// <summary>Every snapshot there is.</summary>
    /// <exception cref="BackupException">It is not sure that these are all (<see cref="BackupError.DeletionUnsafe"/>).</exception>
    public async Task<SnapshotHistory> AskAsync(CancellationToken cancellationToken) => Check(await ReadAsync(cancellationToken), []);

    /// <summary>The same for who deletes packs: also what stands in the other folders counts, and that something is known of the past at all.</summary>
    /// <exception cref="BackupException">As <see cref="AskAsync"/>.</exception>
    public async Task<SnapshotHistory> AskForPacksAsync(CancellationToken cancellationToken)
    {
        SnapshotHistory history = await ReadAsync(cancellationToken);
        var others = new List<Doubt>();
        bool hasPacks = false;
        foreach (string folder in OtherFolders)
        {
            await foreach (StoredObject item in repository.Store.ListAsync(folder, cancellationToken))
            {
                hasPacks |= folder == RepositoryLayout.Packs && item.IsObject && RepositoryLayout.TryParsePack(item.Name, out _);
                if (!item.IsObject) others.Add(Doubt.OfObstacle(item.Name));
            }
        }

        if (hasPacks && history.IsEmpty)
        {
            string id = repository.Config.Id;
            others.Add(new Doubt(
                DoubtKind.NoHistory,
                RepositoryLayout.Snapshots,
                id,
                "it has packs, but no snapshot and no record of a removal, as when its first backup, or a copy of it, is still under way; " +
                $"to give up whatever its packs hold, name the repository itself, {id}"));
        }

        return Check(history, others);
    }

    /// <summary>Gives up by name what is missing or cannot be read: a record of each removal explains the absence from now on, here and on other hosts.</summary>
    /// <exception cref="BackupException">A snapshot that was named is there (<see cref="BackupError.InvalidArgument"/>).</exception>
    public async Task AbandonAsync(CancellationToken cancellationToken)
    {
        if (abandoned.Count == 0) return;
        SnapshotHistory history = await ReadAsync(cancellationToken);
        CheckNames(history);
        var store = new SnapshotStore(repository, time);
        foreach (string id in abandoned.Distinct(StringComparer.Ordinal))
        {
            Doubt[] about = [.. history.Doubts.Where(d => d.SnapshotId == id)];
            if (about.Length == 0) continue;

            // Whatever came before it is known only to itself: the line begins anew behind it.
            SnapshotRecord? next = history.Snapshots.FirstOrDefault(s => s.PredecessorId == id);
            DateTime now = time.GetUtcNow().UtcDateTime;
            var removal = new RemovalRecord
            {
                SnapshotId = id,
                PolicyName = next?.PolicyName ?? "",
                HostId = next?.HostId ?? "",
                PredecessorId = "",
                Sequence = next is null ? 0 : next.Sequence - 1,
                Time = next?.Time ?? now,
                Removed = now,
            };
            string record = RepositoryLayout.Removal(id), snapshot = RepositoryLayout.Snapshot(id);
            if (Array.Exists(about, d => d.Name == record)) await repository.Store.DeleteAsync(record, cancellationToken);
            bool isUnreadable = Array.Exists(about, d => d.Name == snapshot && d.Kind == DoubtKind.Unreadable);
            await store.RemoveAsync(removal, lastNote: -1, leavesTombstone: isUnreadable, cancellationToken);
        }
    }

    private SnapshotHistory Check(SnapshotHistory history, List<Doubt> others)
    {
        CheckNames(history);
        List<Doubt> doubts = [.. history.Doubts.Concat(others).Where(d => d.SnapshotId.Length == 0 || !abandoned.Contains(d.SnapshotId))];
        if (doubts.Count == 0) return history;
        string list = string.Join("; ", doubts.Take(MaximumTold).Select(static d => d.Text));
        string more = doubts.Count <= MaximumTold ? "" : $"; and {doubts.Count - MaximumTold} more";
        throw new BackupException(
            BackupError.DeletionUnsafe,
            $"Nothing was deleted from the repository at '{repository.Store.Location}', because something in it is missing or cannot be seen: {list}{more}.",
            doubts[0].Name);
    }

    private void CheckNames(SnapshotHistory history)
    {
        foreach (string id in abandoned)
        {
            if (!RepositoryLayout.IsHex(id, RepositoryLayout.IdLength))
            {
                throw new BackupException(BackupError.InvalidArgument, $"'{id}' is not a whole id. What is given up must be named by its whole id.", id);
            }

            if (history.Snapshots.Any(s => s.Id == id) && !history.Doubts.Any(d => d.SnapshotId == id))
            {
                throw new BackupException(BackupError.InvalidArgument, $"The snapshot {id} is there and can be read. Remove it instead of giving it up.", id);
            }
        }
    }

    private async Task<SnapshotHistory> ReadAsync(CancellationToken cancellationToken)
    {
        SnapshotHistory history = await SnapshotHistory.ReadAsync(repository, time, [.. memory.Read().Keys, .. seen.Keys], cancellationToken);
        var added = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (SnapshotRecord snapshot in history.Snapshots)
        {
            if (seen.TryAdd(snapshot.Id, -1)) added.Add(snapshot.Id, -1);
        }

        if (added.Count > 0) memory.Remember(added);
        return history;
    }
}
