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
                using SqliteCommand insert = connection.Prepare("INSERT INTO policies (name_key, repository_id, document) VALUES ($key, $id, $document)");
                return Bind(insert, policy).ExecuteNonQuery();
            }
            catch (SqliteException e) when (e.IsDuplicate())
            {
                throw new BackupException(BackupError.PolicyExists, $"A policy '{policy.PolicyName}' exists already.", policy.PolicyName);
            }
        });
    }

    /// <summary>The policy of that name; <see langword="null"/>: none.</summary>
    public BackupPolicy? Find(string policyName) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT document FROM policies WHERE name_key = $key").Bind("$key", RegisteredName.Key(policyName));
            using SqliteDataReader row = select.ExecuteReader();
            return row.Read() ? Follow(connection, PolicyDocument.Read(row.GetString(0))) : null;
        },
        null);

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<BackupPolicy> List() => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare("SELECT document FROM policies ORDER BY name_key");
            using SqliteDataReader row = select.ExecuteReader();
            var policies = new List<BackupPolicy>();
            while (row.Read()) policies.Add(Follow(connection, PolicyDocument.Read(row.GetString(0))));
            return policies;
        },
        []);

    /// <summary>Replaces the policy of that name. Its spelling may change in case.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyNotFound"/></exception>
    public void Update(BackupPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        catalog.Write(connection =>
        {
            using SqliteCommand update = connection.Prepare("UPDATE policies SET repository_id = $id, document = $document WHERE name_key = $key");
            return Bind(update, policy).ExecuteNonQuery() == 0 ? throw NotFound(policy.PolicyName) : 0;
        });
    }

    /// <summary>Gives the repository another name in every policy, in a transaction that the caller has begun.</summary>
    internal static void RenameRepository(SqliteConnection connection, string name, string newName)
    {
        List<(string Key, string Document)> renamed = [];
        using (SqliteCommand select = connection.Prepare("SELECT name_key, document FROM policies"))
        using (SqliteDataReader row = select.ExecuteReader())
        {
            while (row.Read())
            {
                BackupPolicy policy = PolicyDocument.Read(row.GetString(1));
                if (RegisteredName.Key(policy.Repository) == RegisteredName.Key(name)) renamed.Add((row.GetString(0), PolicyDocument.Write(policy, newName)));
            }
        }

        using SqliteCommand update = connection.Prepare("UPDATE policies SET document = $document WHERE name_key = $key");
        foreach ((string key, string document) in renamed) update.Bind("$document", document).Bind("$key", key).ExecuteNonQuery();
    }

    /// <summary>Forgets a policy. Its runs stay.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.PolicyNotFound"/></exception>
    public void Remove(string policyName) => catalog.Write(connection =>
    {
        using SqliteCommand delete = connection.Prepare("DELETE FROM policies WHERE name_key = $key").Bind("$key", RegisteredName.Key(policyName));
        return delete.ExecuteNonQuery() == 0 ? throw NotFound(policyName) : 0;
    });

    // A policy is bound to its repository by id: where the name or path that it was written with leads there no more, it goes by the one that does.
    private static BackupPolicy Follow(SqliteConnection connection, BackupPolicy policy)
    {
        string? other = null;
        using SqliteCommand select = connection.Prepare("SELECT name, path FROM repositories WHERE repository_id = $id ORDER BY name_key").Bind("$id", policy.RepositoryId);
        using SqliteDataReader row = select.ExecuteReader();
        while (row.Read())
        {
            if (RegisteredName.Key(row.GetString(0)) == RegisteredName.Key(policy.Repository) || PathText.Unescape(row.GetString(1)) == policy.Repository) return policy;
            other ??= row.GetString(0);
        }

        return other is null || Directory.Exists(Path.IsPathFullyQualified(policy.Repository) ? policy.Repository : null) ? policy : PolicyDocument.Read(PolicyDocument.Write(policy, other));
    }

    private static SqliteCommand Bind(SqliteCommand command, BackupPolicy policy) => command
        .Bind("$key", RegisteredName.Key(policy.PolicyName))
        .Bind("$id", policy.RepositoryId)
        .Bind("$document", PolicyDocument.Write(policy));

    private static BackupException NotFound(string policyName) => new(BackupError.PolicyNotFound, $"There is no policy '{policyName}' on this host.", policyName);
}
