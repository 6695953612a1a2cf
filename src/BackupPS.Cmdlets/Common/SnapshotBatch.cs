namespace BackupPS.Cmdlets;

/// <summary>Snapshots that came along the pipeline, by their repositories, in the order in which they came.</summary>
internal sealed class SnapshotBatch
{
    private readonly List<KeyValuePair<string, List<string>>> groups = [];

    /// <summary>Whole ids by the name or path of the repository.</summary>
    internal IReadOnlyList<KeyValuePair<string, List<string>>> ByRepository => groups;

    /// <summary>Adds a snapshot.</summary>
    internal void Add((string Repository, string SnapshotId) snapshot)
    {
        List<string>? ids = groups.Find(g => g.Key.Equals(snapshot.Repository, StringComparison.OrdinalIgnoreCase)).Value;
        if (ids is null) groups.Add(new KeyValuePair<string, List<string>>(snapshot.Repository, ids = []));
        ids.Add(snapshot.SnapshotId);
    }
}
