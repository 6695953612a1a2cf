using System.Globalization;
using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The SQLite file <c>catalog.db</c> in the home folder. Each call opens the file, does one transaction and closes it again (about a millisecond), so that
/// no handle outlives a call, a catalog that was deleted between calls is simply made anew, and any number of threads and processes may call.
/// Reading creates nothing: where there is no catalog, there is nothing in it. Writers take turns by a lock of the home folder, and not by SQLite's own
/// waiting: the bundled library sleeps for whole seconds between two attempts, so that eight writers took five seconds for what takes them 50 ms.
/// </summary>
internal sealed class CatalogDatabase
{
    private const string FileName = "catalog.db";

    private readonly HomeFolder _home;
    private readonly IReadOnlyList<string> _migrations;

    /// <summary>Names the catalog; touches nothing.</summary>
    /// <param name="homeFolder">The folder that holds it; made when something is first written.</param>
    /// <param name="timeProvider">The clock.</param>
    public CatalogDatabase(string homeFolder, TimeProvider timeProvider)
        : this(homeFolder, timeProvider, CatalogMigrations.All)
    {
    }

    /// <summary>The same with another schema, for tests of migration.</summary>
    internal CatalogDatabase(string homeFolder, TimeProvider timeProvider, IReadOnlyList<string> migrations)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        _home = new HomeFolder(homeFolder);
        _migrations = migrations;
        Repositories = new RepositoryTable(this, timeProvider);
        Policies = new PolicyTable(this);
        Runs = new RunTable(this, timeProvider);
        Snapshots = new SnapshotCache(this);
        Heads = new HeadTable(this);
    }

    /// <summary>Repositories registered on this host.</summary>
    public RepositoryTable Repositories { get; }

    /// <summary>Policies of this host.</summary>
    public PolicyTable Policies { get; }

    /// <summary>Runs on this host.</summary>
    public RunTable Runs { get; }

    /// <summary>Snapshots seen in repositories.</summary>
    public SnapshotCache Snapshots { get; }

    /// <summary>The newest snapshot seen of each policy and host.</summary>
    public HeadTable Heads { get; }

    /// <summary>Absolute path of the file.</summary>
    public string DatabasePath => _home.PathOf(FileName);

    /// <summary>Reads, all from one state of the catalog.</summary>
    /// <param name="read">Is given an open connection.</param>
    /// <param name="whenAbsent">The answer where there is no catalog.</param>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/> or <see cref="BackupError.CatalogTooNew"/></exception>
    internal T Read<T>(Func<SqliteConnection, T> read, T whenAbsent)
    {
        if (IsAbsent()) return whenAbsent;
        return Guard(() =>
        {
            using SqliteConnection connection = SqliteConnection.Open(DatabasePath);
            if (VersionOf(connection) != _migrations.Count)
            {
                using FileLock turn = _home.LockForWriting();
                Migrate(connection);
            }

            connection.Execute("BEGIN");
            return read(connection);
        });
    }

    /// <summary>Writes: all of it, or nothing when <paramref name="write"/> throws. The catalog is made where it is missing.</summary>
    /// <param name="write">Is given an open connection in a transaction that no other writer can enter.</param>
    /// <exception cref="BackupException"><see cref="BackupError.CatalogUnusable"/> or <see cref="BackupError.CatalogTooNew"/></exception>
    internal T Write<T>(Func<SqliteConnection, T> write)
    {
        _home.CreateOnce(FileName, static () => []);
        return Guard(() =>
        {
            using FileLock turn = _home.LockForWriting();
            using SqliteConnection connection = SqliteConnection.Open(DatabasePath);
            Migrate(connection);
            connection.Execute("BEGIN IMMEDIATE");
            T result = write(connection);
            connection.Execute("COMMIT");
            return result;
        });
    }

    // File.Exists would also say no where this account may not look, and no policy at all is not what such a user should see.
    private bool IsAbsent()
    {
        try
        {
            _ = File.GetAttributes(DatabasePath);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _home.Unusable(e);
        }
    }

    private void Migrate(SqliteConnection connection)
    {
        for (long version = VersionOf(connection); version != _migrations.Count; version = VersionOf(connection))
        {
            if (version > _migrations.Count)
            {
                throw new BackupException(
                    BackupError.CatalogTooNew,
                    $"The catalog '{DatabasePath}' has schema version {version}; this version of BackupPS knows versions up to {_migrations.Count}.",
                    DatabasePath);
            }

            // Kept in the file from then on. It cannot be part of a transaction.
            if (version == 0) connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("BEGIN IMMEDIATE");

            // What else opens the file, such as a version of BackupPS with other locks, may have been faster.
            if (VersionOf(connection) == version)
            {
                connection.Execute(_migrations[(int)version]);
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
            }

            connection.Execute("COMMIT");
        }
    }

    private static long VersionOf(SqliteConnection connection)
    {
        using SqliteStatement row = connection.Prepare("PRAGMA user_version");
        row.Step();
        return row.Number(0);
    }

    private T Guard<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (SqliteException e)
        {
            throw new BackupException(BackupError.CatalogUnusable, $"The catalog '{DatabasePath}' cannot be used: {Reason(e)}.", DatabasePath, e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidCastException or InvalidOperationException)
        {
            throw new BackupException(BackupError.CatalogUnusable, $"The catalog '{DatabasePath}' holds a record that cannot be read: {e.Message}", DatabasePath, e);
        }
    }

    private static string Reason(SqliteException e) => e.Code switch
    {
        SqliteLibrary.Busy or SqliteLibrary.Locked => $"another process has had it locked for {SqliteStatement.BusySeconds} s",
        SqliteLibrary.NotADatabase or SqliteLibrary.Corrupt => $"it is damaged ({e.Message})",
        SqliteLibrary.CannotOpen or SqliteLibrary.ReadOnly or SqliteLibrary.Forbidden => $"this account may not read and write it ({e.Message})",
        SqliteLibrary.Full => "its file system is full",
        _ => e.Message,
    };
}
