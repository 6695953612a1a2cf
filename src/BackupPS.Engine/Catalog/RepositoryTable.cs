using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Repositories that have a name on this host. Names are compared without case.</summary>
internal sealed class RepositoryTable(CatalogDatabase catalog, TimeProvider timeProvider)
{
    private const string Columns = "SELECT name, repository_id, path, registered FROM repositories";

    /// <summary>Registers a repository.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RepositoryExists"/>: the name is taken. <see cref="BackupError.InvalidArgument"/>: it cannot be a name.</exception>
    public RegisteredRepository Add(string name, string repositoryId, string path)
    {
        RegisteredName.Check(name, "Name");
        ArgumentException.ThrowIfNullOrEmpty(repositoryId);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var added = new RegisteredRepository(name, repositoryId, path, timeProvider.GetUtcNow().UtcDateTime);
        return catalog.Write(connection =>
        {
            try
            {
                using SqliteCommand insert = connection.Prepare("INSERT INTO repositories (name_key, name, repository_id, path, registered) VALUES ($key, $name, $id, $path, $registered)");
                insert.Bind("$key", RegisteredName.Key(name)).Bind("$name", name).Bind("$id", repositoryId).Bind("$path", PathText.Escape(path)).Bind("$registered", added.Registered.Ticks).ExecuteNonQuery();
                return added;
            }
            catch (SqliteException e) when (e.IsDuplicate())
            {
                throw Exists(name);
            }
        });
    }

    /// <summary>The repository of that name; <see langword="null"/>: none.</summary>
    public RegisteredRepository? FindByName(string name) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare(Columns + " WHERE name_key = $key").Bind("$key", RegisteredName.Key(name));
            using SqliteDataReader row = select.ExecuteReader();
            return row.Read() ? Row(row) : null;
        },
        null);

    /// <summary>Every registered repository with that id, by name: a repository and its copies.</summary>
    public IReadOnlyList<RegisteredRepository> FindById(string repositoryId) => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare(Columns + " WHERE repository_id = $id ORDER BY name_key").Bind("$id", repositoryId);
            return Rows(select);
        },
        []);

    /// <summary>The repository in that folder, the first by name where it has several; <see langword="null"/>: none.</summary>
    public RegisteredRepository? FindByPath(string path)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return List().FirstOrDefault(repository => repository.Path.Equals(path, comparison));
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<RegisteredRepository> List() => catalog.Read(
        connection =>
        {
            using SqliteCommand select = connection.Prepare(Columns + " ORDER BY name_key");
            return Rows(select);
        },
        []);

    /// <summary>Gives a repository another name, in the policies that are bound to it too. Runs keep the name of their time.</summary>
    /// <exception cref="BackupException">
    /// <see cref="BackupError.RepositoryNotFound"/>; <see cref="BackupError.RepositoryExists"/>: the new name is taken; <see cref="BackupError.InvalidArgument"/>: it cannot be a name.
    /// </exception>
    public void Rename(string name, string newName)
    {
        RegisteredName.Check(newName, "NewName");
        catalog.Write(connection =>
        {
            try
            {
                using SqliteCommand update = connection.Prepare("UPDATE repositories SET name_key = $newKey, name = $newName WHERE name_key = $key");
                update.Bind("$newKey", RegisteredName.Key(newName)).Bind("$newName", newName).Bind("$key", RegisteredName.Key(name));
                if (update.ExecuteNonQuery() == 0) throw NotFound(name);
            }
            catch (SqliteException e) when (e.IsDuplicate())
            {
                throw Exists(newName);
            }

            PolicyTable.RenameRepository(connection, name, newName);
            return 0;
        });
    }

    /// <summary>Points a name to another folder.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RepositoryNotFound"/></exception>
    public void SetPath(string name, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        catalog.Write(connection =>
        {
            using SqliteCommand update = connection.Prepare("UPDATE repositories SET path = $path WHERE name_key = $key");
            int changed = update.Bind("$path", PathText.Escape(path)).Bind("$key", RegisteredName.Key(name)).ExecuteNonQuery();
            return changed == 0 ? throw NotFound(name) : changed;
        });
    }

    /// <summary>Forgets a name.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RepositoryNotFound"/></exception>
    public void Remove(string name) => catalog.Write(connection =>
    {
        using SqliteCommand delete = connection.Prepare("DELETE FROM repositories WHERE name_key = $key").Bind("$key", RegisteredName.Key(name));
        return delete.ExecuteNonQuery() == 0 ? throw NotFound(name) : 0;
    });

    private static List<RegisteredRepository> Rows(SqliteCommand select)
    {
        using SqliteDataReader row = select.ExecuteReader();
        var rows = new List<RegisteredRepository>();
        while (row.Read()) rows.Add(Row(row));
        return rows;
    }

    private static RegisteredRepository Row(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), PathText.Unescape(row.GetString(2)), new DateTime(row.GetInt64(3), DateTimeKind.Utc));

    private static BackupException NotFound(string name) => new(BackupError.RepositoryNotFound, $"No repository '{name}' is registered on this host.", name);

    private static BackupException Exists(string name) => new(BackupError.RepositoryExists, $"A repository '{name}' is already registered on this host.", name);
}
