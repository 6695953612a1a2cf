using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

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

    private const string FullText = "its file system is full";

    // How long a call waits where another program, such as the sqlite3 shell, holds the file; the connection then tries every 150 ms.
    private const int BusySeconds = 10;

    // In WAL mode NORMAL keeps the database whole whatever happens, as FULL does; a commit is durable when the last connection closes, which copies the
    // log into the file and waits for the disk twice instead of five times.
    private const string Settings = "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL";

    // The last connection that closes shuts out who opens the file meanwhile, and the library would look again only after 150 ms. Threads that share this
    // object, such as a run and what records its beginning, wait for each other instead. Between opening and closing they do not.
    private readonly Lock _door = new();

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
        Events = new EventTable(this, _home, timeProvider);
        Snapshots = new SnapshotCache(this);
        Heads = new HeadTable(this);
        Seen = new SeenSnapshotTable(this);
        Retirements = new RetirementTable(this);
        Damage = new DamageTable(this);
    }

    /// <summary>Repositories registered on this host.</summary>
    public RepositoryTable Repositories { get; }

    /// <summary>Policies of this host.</summary>
    public PolicyTable Policies { get; }

    /// <summary>Runs on this host.</summary>
    public RunTable Runs { get; }

    /// <summary>What happened in them.</summary>
    public EventTable Events { get; }

    /// <summary>Snapshots seen in repositories.</summary>
    public SnapshotCache Snapshots { get; }

    /// <summary>The newest snapshot seen of each policy and host.</summary>
    public HeadTable Heads { get; }

    /// <summary>Every snapshot that was ever seen.</summary>
    public SeenSnapshotTable Seen { get; }

    /// <summary>What optimizations wait for.</summary>
    public RetirementTable Retirements { get; }

    /// <summary>Packs that were found to be damaged.</summary>
    public DamageTable Damage { get; }

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
            SqliteConnection connection = Open();
            try
            {
                if (VersionOf(connection) != _migrations.Count)
                {
                    using FileLock turn = _home.LockForWriting();
                    Migrate(connection);
                }

                // Not BeginTransaction, here and below: its hooks are code to compile in every process, and closing undoes what is not committed.
                connection.Execute("BEGIN");
                return read(connection);
            }
            finally
            {
                Close(connection);
            }
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
            SqliteConnection connection = Open();
            try
            {
                Migrate(connection);
                connection.Execute("BEGIN IMMEDIATE");
                T result = write(connection);
                connection.Execute("COMMIT");
                return result;
            }
            finally
            {
                Close(connection);
            }
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

    private SqliteConnection Open()
    {
        SqliteLibrary.Require();
        var options = new SqliteConnectionStringBuilder
        {
            DataSource = DatabasePath,

            // Never ReadWriteCreate: SQLite would make the file with the umask's mode.
            Mode = SqliteOpenMode.ReadWrite,

            // A pool would keep the file open after the call.
            Pooling = false,
            DefaultTimeout = BusySeconds,
        };
        var connection = new SqliteConnection(options.ToString());
        lock (_door)
        {
            try
            {
                connection.Open();

                // It touches the file, so that from here on nobody else is the last who closes.
                connection.Execute(Settings);
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
    }

    private void Close(SqliteConnection connection)
    {
        lock (_door) connection.Dispose();
    }

    private void Migrate(SqliteConnection connection)
    {
        for (int version = VersionOf(connection); version != _migrations.Count; version = VersionOf(connection))
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
                connection.Execute(_migrations[version]);
                connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version + 1}"));
            }

            connection.Execute("COMMIT");
        }
    }

    private static int VersionOf(SqliteConnection connection) => checked((int)connection.Scalar<long>("PRAGMA user_version"));

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
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TypeInitializationException)
        {
            throw _home.Unusable(e);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidCastException or InvalidOperationException)
        {
            throw new BackupException(BackupError.CatalogUnusable, $"The catalog '{DatabasePath}' holds a record that cannot be read: {e.Message}", DatabasePath, e);
        }
    }

    private string Reason(SqliteException e) => e.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => $"another process has had it locked for {BusySeconds} s",
        SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CORRUPT => $"it is damaged ({e.Message})",
        SQLitePCL.raw.SQLITE_FULL => FullText,

        // Of the files beside the database SQLite says no more than that an operation failed.
        SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CANTOPEN when _home.IsFull() => FullText,
        SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM => $"this account may not read and write it ({e.Message})",
        _ => e.Message,
    };
}
