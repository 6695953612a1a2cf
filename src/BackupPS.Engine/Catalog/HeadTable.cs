using Microsoft.Data.Sqlite;

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
        catalog.Write(connection => Remember(connection, repositoryId, policyName, hostId, head));
    }

    /// <summary>The same in a transaction that the caller has begun.</summary>
    internal static int Remember(SqliteConnection connection, string repositoryId, string policyName, string hostId, SnapshotHead head)
    {
        using SqliteCommand insert = connection.Prepare(
            """
            INSERT INTO heads (repository_id, policy_key, host_id, sequence, snapshot_id) VALUES ($repository, $policy, $host, $sequence, $snapshot)
            ON CONFLICT (repository_id, policy_key, host_id) DO UPDATE SET sequence = excluded.sequence, snapshot_id = excluded.snapshot_id
            WHERE excluded.sequence > sequence
            """);
        return Bind(insert, repositoryId, policyName, hostId).Bind("$sequence", head.Sequence).Bind("$snapshot", head.SnapshotId).ExecuteNonQuery();
    }

    /// <summary>What is remembered; <see langword="null"/>: nothing.</summary>
    public SnapshotHead? Find(string repositoryId, string policyName, string hostId) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT sequence, snapshot_id FROM heads WHERE repository_id = $repository AND policy_key = $policy AND host_id = $host");
            using SqliteDataReader row = Bind(select, repositoryId, policyName, hostId).ExecuteReader();
            return row.Read() ? new SnapshotHead(row.GetInt64(0), row.GetString(1)) : null;
        },
        null);

    private static SqliteCommand Bind(SqliteCommand command, string repositoryId, string policyName, string hostId) => command
        .Bind("$repository", repositoryId)
        .Bind("$policy", RegisteredName.Key(policyName))
        .Bind("$host", hostId);
}
