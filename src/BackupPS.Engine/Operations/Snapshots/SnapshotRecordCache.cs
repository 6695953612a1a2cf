using System.Text.Json;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>The snapshot records of one repository in the catalog. A catalog that cannot be used only makes listing slower.</summary>
internal sealed class SnapshotRecordCache(SnapshotCache catalog, string repositoryId) : ISnapshotRecordCache
{
    public IReadOnlyDictionary<string, (long Length, SnapshotRecord Record)> Read()
    {
        var records = new Dictionary<string, (long Length, SnapshotRecord Record)>(StringComparer.Ordinal);
        try
        {
            foreach (CachedSnapshot cached in catalog.List(repositoryId))
            {
                SnapshotRecord record = RepositoryJson.Default.SnapshotRecord.Read(System.Text.Encoding.UTF8.GetBytes(cached.Document));
                if (record.Id == cached.SnapshotId) records[cached.SnapshotId] = (cached.Length, record);
            }
        }
        catch (Exception e) when (e is BackupException or JsonException)
        {
            // The repository has them.
        }

        return records;
    }

    public void Update(IReadOnlyCollection<(long Length, SnapshotRecord Record)> added, IReadOnlyCollection<string> gone)
    {
        if (added.Count == 0 && gone.Count == 0) return;
        try
        {
            catalog.Update(repositoryId, [.. added.Select(static a => new CachedSnapshot(a.Record.Id, a.Length, System.Text.Encoding.UTF8.GetString(RepositoryJson.Default.SnapshotRecord.Write(a.Record))))], gone);
        }
        catch (BackupException)
        {
            // As above.
        }
    }
}
