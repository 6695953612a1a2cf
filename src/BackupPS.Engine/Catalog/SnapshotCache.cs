using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// Snapshots that were read from repositories. The repository is the truth: this spares reading what cannot have changed, and may be empty at any time.
/// </summary>
internal sealed class SnapshotCache(CatalogDatabase catalog)
{
    private readonly CatalogDocument<BackupSnapshot> _documents = new(
        static () => CatalogJson.Default.BackupSnapshot,
        static () => new BackupSnapshot { SnapshotId = "", Repository = "", RepositoryId = "", PolicyName = "", Time = default, Type = "", Status = "", HostName = "", HostId = "" });

    /// <summary>Remembers snapshots of a repository; those that are there already are replaced.</summary>
    public void Upsert(string repositoryId, IReadOnlyCollection<BackupSnapshot> snapshots)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryId);
        ArgumentNullException.ThrowIfNull(snapshots);
        if (snapshots.Count == 0) return;
        catalog.Write(connection =>
        {
            using SqliteCommand insert = connection.Prepare(
                """
                INSERT INTO snapshots (repository_id, snapshot_id, time, document) VALUES ($repository, $snapshot, $time, $document)
                ON CONFLICT (repository_id, snapshot_id) DO UPDATE SET time = excluded.time, document = excluded.document
                """,
                ("$repository", repositoryId));
            SqliteParameter id = insert.Parameters.Add("$snapshot", SqliteType.Text);
            SqliteParameter time = insert.Parameters.Add("$time", SqliteType.Integer);
            SqliteParameter document = insert.Parameters.Add("$document", SqliteType.Text);
            foreach (BackupSnapshot snapshot in snapshots)
            {
                id.Value = snapshot.SnapshotId;
                time.Value = snapshot.Time.Ticks;
                document.Value = _documents.Write(snapshot);
                insert.ExecuteNonQuery();
            }

            return 0;
        });
    }

    /// <summary>The snapshots of a repository that are remembered, oldest first.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="repository">What <see cref="BackupSnapshot.Repository"/> says: the name may have changed since.</param>
    public IReadOnlyList<BackupSnapshot> List(string repositoryId, string repository) => catalog.Read(
        connection => connection.Query(
            "SELECT document FROM snapshots WHERE repository_id = $repository ORDER BY time, snapshot_id",
            row => _documents.Read(row.GetString(0), (nameof(BackupSnapshot.Repository), repository)),
            ("$repository", repositoryId)),
        []);

    /// <summary>Forgets some snapshots of a repository.</summary>
    public void Remove(string repositoryId, IReadOnlyCollection<string> snapshotIds)
    {
        ArgumentNullException.ThrowIfNull(snapshotIds);
        if (snapshotIds.Count == 0) return;
        catalog.Write(connection =>
        {
            foreach (string id in snapshotIds)
                connection.Execute("DELETE FROM snapshots WHERE repository_id = $repository AND snapshot_id = $snapshot", ("$repository", repositoryId), ("$snapshot", id));
            return 0;
        });
    }

    /// <summary>Forgets every snapshot of a repository.</summary>
    public void RemoveAll(string repositoryId) => catalog.Write(
        connection => connection.Execute("DELETE FROM snapshots WHERE repository_id = $repository", ("$repository", repositoryId)));
}
