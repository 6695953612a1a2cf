using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>The snapshot records of one repository in the catalog. A catalog that cannot be used only makes listing slower.</summary>
/// <param name="catalog">The catalog.</param>
/// <param name="repositoryId">The repository.</param>
/// <param name="worthWriting">From how many changes on what is learned is kept.</param>
internal sealed class SnapshotRecordCache(SnapshotCache catalog, string repositoryId, int worthWriting = 1) : ISnapshotRecordCache
{
    /// <summary>For a run, which has its predecessor alone to learn: to read one record costs 0.05 ms, to write the catalog some milliseconds, which pays from some dozens on.</summary>
    public const int Many = 32;

    /// <summary>For a plan, which changes nothing.</summary>
    public const int Never = int.MaxValue;

    public Dictionary<string, KnownSnapshot> Read(SnapshotSelection selection)
    {
        var known = new Dictionary<string, KnownSnapshot>(StringComparer.Ordinal);
        try
        {
            foreach (CachedSnapshot cached in catalog.List(repositoryId, selection.HostId, selection.PolicyName))
            {
                KnownSnapshot? snapshot = cached.Document is null
                    ? new KnownSnapshot(cached.SnapshotId, cached.Length, Record: null, -1, Note: null)
                    : SnapshotDocument.Read(cached.Document, cached.Length);
                if (snapshot is not null && snapshot.Id == cached.SnapshotId) known[snapshot.Id] = snapshot;
            }
        }
        catch (Exception e) when (e is BackupException or IOException or FormatException)
        {
            // The repository has them.
        }

        return known;
    }

    public void Update(IReadOnlyCollection<KnownSnapshot> learned, IReadOnlyCollection<string> gone)
    {
        if (learned.Count + gone.Count < worthWriting) return;
        try
        {
            var added = new List<CachedSnapshot>(learned.Count);
            foreach (KnownSnapshot snapshot in learned) added.Add(Row(snapshot));
            catalog.Update(repositoryId, added, gone);
        }
        catch (BackupException)
        {
            // As above.
        }
    }

    /// <summary>What is known without asking the repository, in no order.</summary>
    /// <param name="policyName">Of this policy; <see langword="null"/>: of any and of none.</param>
    /// <param name="beginning">Those whose ids begin so.</param>
    public List<KnownSnapshot> Known(string? policyName, string beginning)
    {
        var known = new List<KnownSnapshot>();
        foreach (CachedSnapshot cached in catalog.List(repositoryId, hostId: null, policyName))
        {
            if (cached.Document is null || !cached.SnapshotId.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)) continue;
            if (SnapshotDocument.Read(cached.Document, cached.Length) is { } snapshot) known.Add(snapshot);
        }

        return known;
    }

    private static CachedSnapshot Row(KnownSnapshot snapshot) =>
        new(snapshot.Id, snapshot.Length, SnapshotDocument.Write(snapshot)) { HostId = snapshot.Record!.HostId, PolicyName = snapshot.Record.PolicyName, NoteNumber = snapshot.NoteNumber };
}
