using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// Snapshots that were read from repositories. The repository is the truth: this spares reading what cannot have changed, and may be empty at any time.
/// </summary>
internal sealed class SnapshotCache(CatalogDatabase catalog)
{
    /// <summary>The snapshots of a repository that are remembered, by id.</summary>
    public IReadOnlyList<CachedSnapshot> List(string repositoryId) => catalog.Read(
        connection => connection.Query(
            "SELECT snapshot_id, length, document FROM snapshots WHERE repository_id = $repository ORDER BY snapshot_id",
            static row => new CachedSnapshot(row.GetString(0), row.GetInt64(1), row.GetString(2)),
            ("$repository", repositoryId)),
        []);

    /// <summary>Remembers snapshots of a repository, replacing those that are there already, and forgets others.</summary>
    public void Update(string repositoryId, IReadOnlyCollection<CachedSnapshot> added, IReadOnlyCollection<string> gone)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryId);
        ArgumentNullException.ThrowIfNull(added);
        ArgumentNullException.ThrowIfNull(gone);
        catalog.Write(connection =>
        {
            using SqliteCommand insert = connection.Prepare(
                """
                INSERT INTO snapshots (repository_id, snapshot_id, length, document) VALUES ($repository, $snapshot, $length, $document)
                ON CONFLICT (repository_id, snapshot_id) DO UPDATE SET length = excluded.length, document = excluded.document
                """,
                ("$repository", repositoryId));
            SqliteParameter id = insert.Parameters.Add("$snapshot", SqliteType.Text);
            SqliteParameter length = insert.Parameters.Add("$length", SqliteType.Integer);
            SqliteParameter document = insert.Parameters.Add("$document", SqliteType.Text);
            foreach (CachedSnapshot snapshot in added)
            {
                id.Value = snapshot.SnapshotId;
                length.Value = snapshot.Length;
                document.Value = snapshot.Document;
                insert.ExecuteNonQuery();
            }

            foreach (string snapshotId in gone)
            {
                connection.Execute("DELETE FROM snapshots WHERE repository_id = $repository AND snapshot_id = $snapshot", ("$repository", repositoryId), ("$snapshot", snapshotId));
            }

            return 0;
        });
    }
}
