namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// The latest so many of the snapshots that a query matches. Where it names a policy and no host, they are this host's, if it has the policy or a snapshot of
/// it: who asks for the last of a policy must not get another host's unawares.
/// </summary>
/// <param name="query">What is asked for.</param>
/// <param name="ownId">The id of this host; <see langword="null"/> where it has none yet.</param>
/// <param name="hasPolicy">Whether this host has the policy.</param>
internal sealed class LatestSnapshots(SnapshotQuery query, string? ownId, bool hasPolicy)
{
    private readonly PriorityQueue<BackupSnapshot, (DateTime Time, int Order)> own = new(), all = new();
    private int added;

    /// <summary>Whether this host has any snapshot of the policy, also one that the query does not match.</summary>
    public bool HasOwn { get; set; }

    /// <summary>Adds one, in the order of the listing.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="time">The time that counts.</param>
    public void Add(BackupSnapshot snapshot, DateTime time)
    {
        added++;
        if (snapshot.HostId == ownId) Add(own, snapshot, time);
        Add(all, snapshot, time);
    }

    /// <summary>The latest, oldest first.</summary>
    /// <param name="onWarning">Is told where they are other hosts', since this one has no part in the policy.</param>
    public IEnumerable<BackupSnapshot> Take(Action<string>? onWarning)
    {
        bool ownOnly = query.Hosts is null && query.PolicyName is not null && (hasPolicy || HasOwn);
        if (!ownOnly && query.Hosts is null && !string.IsNullOrEmpty(query.PolicyName) && all.Count > 0)
        {
            var whose = new SortedSet<string>(all.UnorderedItems.Select(static i => PathText.ToDisplay(i.Element.HostName)), StringComparer.Ordinal);
            onWarning?.Invoke($"This host has neither a policy '{query.PolicyName}' nor a snapshot of it: the latest are of {string.Join(", ", whose)}.");
        }

        return (ownOnly ? own : all).UnorderedItems.OrderBy(static i => i.Element.Time).ThenBy(static i => i.Priority.Order).Select(static i => i.Element);
    }

    private void Add(PriorityQueue<BackupSnapshot, (DateTime Time, int Order)> latest, BackupSnapshot snapshot, DateTime time)
    {
        latest.Enqueue(snapshot, (time, added));
        if (latest.Count > query.Last) latest.Dequeue();
    }
}
