using System.Text;
using System.Text.Json;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>The snapshot records of one repository in the catalog. A catalog that cannot be used only makes listing slower.</summary>
/// <param name="catalog">The catalog.</param>
/// <param name="repositoryId">The repository.</param>
/// <param name="remembers">Whether what is learned is kept; a plan changes nothing.</param>
internal sealed class SnapshotRecordCache(SnapshotCache catalog, string repositoryId, bool remembers = true) : ISnapshotRecordCache
{
    // To read one record costs 0.05 ms, to write the catalog some milliseconds: it pays from some dozens on. A run has its predecessor alone to learn.
    private const int WorthWriting = 32;

    public Dictionary<string, KnownSnapshot> Read(SnapshotSelection selection)
    {
        var known = new Dictionary<string, KnownSnapshot>(StringComparer.Ordinal);
        try
        {
            foreach (CachedSnapshot cached in catalog.List(repositoryId, selection.HostId, selection.PolicyName))
            {
                SnapshotRecord? record = cached.Document is null ? null : RepositoryJson.Default.SnapshotRecord.Read(Encoding.UTF8.GetBytes(cached.Document));
                if (record is not null && record.Id != cached.SnapshotId) continue;
                SnapshotNote? note = cached.Note is null ? null : RepositoryJson.Default.SnapshotNote.Read(Encoding.UTF8.GetBytes(cached.Note));
                known[cached.SnapshotId] = new KnownSnapshot(cached.SnapshotId, cached.Length, record, cached.NoteNumber, note);
            }
        }
        catch (Exception e) when (e is BackupException or JsonException)
        {
            // The repository has them.
        }

        return known;
    }

    public void Update(IReadOnlyCollection<KnownSnapshot> learned, IReadOnlyCollection<string> gone)
    {
        if (!remembers || learned.Count + gone.Count < WorthWriting) return;
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

    private static CachedSnapshot Row(KnownSnapshot snapshot) => new(snapshot.Id, snapshot.Length, Encoding.UTF8.GetString(RepositoryJson.Default.SnapshotRecord.Write(snapshot.Record!)))
    {
        HostId = snapshot.Record!.HostId,
        PolicyName = snapshot.Record.PolicyName,
        NoteNumber = snapshot.NoteNumber,
        Note = snapshot.Note is null ? null : Encoding.UTF8.GetString(RepositoryJson.Default.SnapshotNote.Write(snapshot.Note)),
    };
}
