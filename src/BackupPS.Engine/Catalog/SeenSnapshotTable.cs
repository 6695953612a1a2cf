using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// Every snapshot that this host has ever seen in a repository, with the highest number of a note on it. Rows stay when snapshots are gone: a removal leaves a
/// record in the repository, so that what is gone without one was lost.
/// </summary>
internal sealed class SeenSnapshotTable(CatalogDatabase catalog)
{
    /// <summary>Those of a repository, by id.</summary>
    public IReadOnlyDictionary<string, int> Read(string repositoryId) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT snapshot_id, note FROM seen_snapshots WHERE repository_id = $repository");
            using SqliteDataReader row = select.Bind("$repository", repositoryId).ExecuteReader();
            var seen = new Dictionary<string, int>(StringComparer.Ordinal);
            while (row.Read()) seen[row.GetString(0)] = row.GetInt32(1);
            return seen;
        },
        []);

    /// <summary>Remembers some.</summary>
    public int Remember(string repositoryId, IReadOnlyDictionary<string, int> seen) => catalog.Write(connection =>
    {
        Remember(connection, repositoryId, seen);
        return seen.Count;
    });

    /// <summary>Remembers some, each with the highest number of a note on it, in a transaction that the caller has begun.</summary>
    internal static void Remember(SqliteConnection connection, string repositoryId, IEnumerable<KeyValuePair<string, int>> seen)
    {
        using SqliteCommand insert = connection.Prepare(
            """
            INSERT INTO seen_snapshots (repository_id, snapshot_id, note) VALUES ($repository, $snapshot, $note)
            ON CONFLICT (repository_id, snapshot_id) DO UPDATE SET note = excluded.note WHERE excluded.note > note
            """).Bind("$repository", repositoryId);
        foreach ((string snapshotId, int note) in seen) insert.Bind("$snapshot", snapshotId).Bind("$note", note).ExecuteNonQuery();
    }
}
