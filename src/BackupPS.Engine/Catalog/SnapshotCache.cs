using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// Snapshots that were read from repositories. The repository is the truth: this spares reading what cannot have changed, and may be empty at any time.
/// </summary>
internal sealed class SnapshotCache(CatalogDatabase catalog)
{
    /// <summary>The snapshots of a repository that are remembered, by id. Of those that are not of the host and policy, only id and length are told.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="hostId">The host; <see langword="null"/>: any.</param>
    /// <param name="policyName">The policy, compared without case; <see langword="null"/>: any.</param>
    public IReadOnlyList<CachedSnapshot> List(string repositoryId, string? hostId = null, string? policyName = null) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare(
                """
                SELECT snapshot_id, length, CASE WHEN ($host IS NULL OR host_id = $host) AND ($policy IS NULL OR policy_key = $policy) THEN document END
                FROM snapshots WHERE repository_id = $repository ORDER BY snapshot_id
                """);
            select.Bind("$repository", repositoryId).Bind("$host", hostId).Bind("$policy", policyName is null ? null : RegisteredName.Key(policyName));
            using SqliteDataReader row = select.ExecuteReader();
            var snapshots = new List<CachedSnapshot>();
            while (row.Read()) snapshots.Add(new CachedSnapshot(row.GetString(0), row.GetInt64(1), row.GetValue(2) as byte[]));
            return snapshots;
        },
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
                INSERT OR REPLACE INTO snapshots (repository_id, snapshot_id, length, host_id, policy_key, document)
                VALUES ($repository, $snapshot, $length, $host, $policy, $document)
                """).Bind("$repository", repositoryId);
            foreach (CachedSnapshot snapshot in added)
            {
                insert
                    .Bind("$snapshot", snapshot.SnapshotId)
                    .Bind("$length", snapshot.Length)
                    .Bind("$host", snapshot.HostId)
                    .Bind("$policy", RegisteredName.Key(snapshot.PolicyName))
                    .Bind("$document", snapshot.Document)
                    .ExecuteNonQuery();
            }

            SeenSnapshotTable.Remember(connection, repositoryId, added.Select(static snapshot => KeyValuePair.Create(snapshot.SnapshotId, snapshot.NoteNumber)));
            if (gone.Count == 0) return 0;
            using SqliteCommand delete = connection.Prepare("DELETE FROM snapshots WHERE repository_id = $repository AND snapshot_id = $snapshot").Bind("$repository", repositoryId);
            foreach (string snapshotId in gone) delete.Bind("$snapshot", snapshotId).ExecuteNonQuery();
            return 0;
        });
    }
}
