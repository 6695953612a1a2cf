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
                connection.Execute(
                    "INSERT INTO repositories (name_key, name, repository_id, path, registered) VALUES ($key, $name, $id, $path, $registered)",
                    ("$key", RegisteredName.Key(name)),
                    ("$name", name),
                    ("$id", repositoryId),
                    ("$path", PathText.Escape(path)),
                    ("$registered", added.Registered.Ticks));
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
        connection => connection.Query(Columns + " WHERE name_key = $key", Row, ("$key", RegisteredName.Key(name))).SingleOrDefault(), null);

    /// <summary>Every registered repository with that id, by name: a repository and its copies.</summary>
    public IReadOnlyList<RegisteredRepository> FindById(string repositoryId) => catalog.Read(
        connection => connection.Query(Columns + " WHERE repository_id = $id ORDER BY name_key", Row, ("$id", repositoryId)), []);

    /// <summary>The repository in that folder, the first by name where it has several; <see langword="null"/>: none.</summary>
    public RegisteredRepository? FindByPath(string path)
    {
        StringComparison comparison = OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return List().FirstOrDefault(repository => repository.Path.Equals(path, comparison));
    }

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<RegisteredRepository> List() => catalog.Read(connection => connection.Query(Columns + " ORDER BY name_key", Row), []);

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
                int changed = connection.Execute(
                    "UPDATE repositories SET name_key = $newKey, name = $newName WHERE name_key = $key",
                    ("$newKey", RegisteredName.Key(newName)),
                    ("$newName", newName),
                    ("$key", RegisteredName.Key(name)));
                if (changed == 0) throw NotFound(name);
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
            int changed = connection.Execute(
                "UPDATE repositories SET path = $path WHERE name_key = $key",
                ("$path", PathText.Escape(path)),
                ("$key", RegisteredName.Key(name)));
            return changed == 0 ? throw NotFound(name) : changed;
        });
    }

    /// <summary>Forgets a name.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RepositoryNotFound"/></exception>
    public void Remove(string name) => catalog.Write(connection =>
        connection.Execute("DELETE FROM repositories WHERE name_key = $key", ("$key", RegisteredName.Key(name))) == 0 ? throw NotFound(name) : 0);

    private static RegisteredRepository Row(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), PathText.Unescape(row.GetString(2)), new DateTime(row.GetInt64(3), DateTimeKind.Utc));

    private static BackupException NotFound(string name) => new(BackupError.RepositoryNotFound, $"No repository '{name}' is registered on this host.", name);

    private static BackupException Exists(string name) => new(BackupError.RepositoryExists, $"A repository '{name}' is already registered on this host.", name);
}
