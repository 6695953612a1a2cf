using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Policies of this host, stored as they are given. Names are compared without case.</summary>
internal sealed class PolicyTable(CatalogDatabase catalog)
{
    /// <summary>Adds a policy.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyExists"/>: the name is taken.</exception>
    public void Add(BackupPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        catalog.Write(connection =>
        {
            try
            {
                return connection.Execute("INSERT INTO policies (name_key, repository_id, document) VALUES ($key, $id, $document)", Values(policy));
            }
            catch (SqliteException e) when (e.IsDuplicate())
            {
                throw new BackupException(BackupError.PolicyExists, $"A policy '{policy.PolicyName}' exists already.", policy.PolicyName);
            }
        });
    }

    /// <summary>The policy of that name; <see langword="null"/>: none.</summary>
    public BackupPolicy? Find(string policyName) => catalog.Read(
        connection => connection.Query("SELECT document FROM policies WHERE name_key = $key", Row, ("$key", RegisteredName.Key(policyName))).SingleOrDefault(), null);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<BackupPolicy> List() => catalog.Read(connection => connection.Query("SELECT document FROM policies ORDER BY name_key", Row), []);

    /// <summary>Replaces the policy of that name. Its spelling may change in case.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyNotFound"/></exception>
    public void Update(BackupPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        catalog.Write(connection =>
            connection.Execute("UPDATE policies SET repository_id = $id, document = $document WHERE name_key = $key", Values(policy)) == 0 ? throw NotFound(policy.PolicyName) : 0);
    }

    /// <summary>Gives the repository another name in every policy, in a transaction that the caller has begun.</summary>
    internal static void RenameRepository(SqliteConnection connection, string name, string newName)
    {
        foreach ((string key, string document) in connection.Query("SELECT name_key, document FROM policies", row => (row.GetString(0), row.GetString(1))))
        {
            BackupPolicy policy = PolicyDocument.Read(document);
            if (RegisteredName.Key(policy.Repository) != RegisteredName.Key(name)) continue;
            connection.Execute(
                "UPDATE policies SET document = $document WHERE name_key = $key",
                ("$document", PolicyDocument.Write(policy, newName)),
                ("$key", key));
        }
    }

    /// <summary>Forgets a policy. Its runs stay.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyNotFound"/></exception>
    public void Remove(string policyName) => catalog.Write(connection =>
        connection.Execute("DELETE FROM policies WHERE name_key = $key", ("$key", RegisteredName.Key(policyName))) == 0 ? throw NotFound(policyName) : 0);

    private static (string, object)[] Values(BackupPolicy policy) =>
    [
        ("$key", RegisteredName.Key(policy.PolicyName)),
        ("$id", policy.RepositoryId),
        ("$document", PolicyDocument.Write(policy)),
    ];

    private static BackupPolicy Row(SqliteDataReader row) => PolicyDocument.Read(row.GetString(0));

    private static BackupException NotFound(string policyName) => new(BackupError.PolicyNotFound, $"There is no policy '{policyName}' on this host.", policyName);
}
