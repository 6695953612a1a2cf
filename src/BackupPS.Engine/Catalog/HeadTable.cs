namespace BackupPS.Engine.Catalog;

/// <summary>
/// Remembers how far each history had come. A repository that shows less, and no record of a removal, was rolled back. Heads stay
/// when a repository is forgotten, so that forgetting and connecting it again does not hide that.
/// </summary>
internal sealed class HeadTable(CatalogDatabase catalog)
{
    /// <summary>Remembers a snapshot, unless one with the same or a higher sequence is remembered.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="policyName">The policy, compared without case; empty: backups without one.</param>
    /// <param name="hostId">The host.</param>
    /// <param name="head">The snapshot.</param>
    public void Remember(string repositoryId, string policyName, string hostId, SnapshotHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        catalog.Write(connection => connection.Execute(
            """
            INSERT INTO heads (repository_id, policy_key, host_id, sequence, snapshot_id) VALUES ($repository, $policy, $host, $sequence, $snapshot)
            ON CONFLICT (repository_id, policy_key, host_id) DO UPDATE SET sequence = excluded.sequence, snapshot_id = excluded.snapshot_id
            WHERE excluded.sequence > sequence
            """,
            ("$repository", repositoryId),
            ("$policy", RegisteredName.Key(policyName)),
            ("$host", hostId),
            ("$sequence", head.Sequence),
            ("$snapshot", head.SnapshotId)));
    }

    /// <summary>What is remembered; <see langword="null"/>: nothing.</summary>
    public SnapshotHead? Find(string repositoryId, string policyName, string hostId) => catalog.Read(
        connection => connection.Query(
            "SELECT sequence, snapshot_id FROM heads WHERE repository_id = $repository AND policy_key = $policy AND host_id = $host",
            row => new SnapshotHead(row.GetInt64(0), row.GetString(1)),
            ("$repository", repositoryId),
            ("$policy", RegisteredName.Key(policyName)),
            ("$host", hostId)).SingleOrDefault(),
        null);
}
