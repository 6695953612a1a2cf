using System.Runtime.InteropServices;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>An SQLite database, through the native library that the engine brings. One thread at a time.</summary>
internal sealed partial class SqliteFile : IDisposable
{
    private const string Library = "e_sqlite3";
    private const int Ok = 0, Row = 100, Done = 101, ReadWriteCreate = 0x2 | 0x4;

    private readonly List<SqliteStatement> statements = [];
    private readonly IntPtr handle;

    public SqliteFile(string path)
    {
        FilePath = path;
        Check(OpenFile(path, out handle, ReadWriteCreate, IntPtr.Zero));
        // The bytes of the file are wanted, not their safety.
        Execute("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;");
    }

    public string FilePath { get; }

    /// <summary>Runs statements that need no values.</summary>
    public void Execute(string statements) => Check(ExecuteAll(handle, statements, IntPtr.Zero, IntPtr.Zero, IntPtr.Zero));

    /// <summary>Prepares a statement with parameters ?1, ?2, ...; it lives as long as this.</summary>
    public SqliteStatement Prepare(string statement)
    {
        Check(PrepareOne(handle, statement, -1, out IntPtr prepared, IntPtr.Zero));
        statements.Add(new SqliteStatement(this, prepared));
        return statements[^1];
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in statements) statement.Dispose();
        Check(Close(handle));
    }

    /// <summary>Throws for a result that is an error.</summary>
    internal void Check(int result)
    {
        if (result is not (Ok or Row or Done)) throw new BenchmarkException($"SQLite, {FilePath}: {Marshal.PtrToStringUTF8(Message(handle))}");
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_open_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, out IntPtr database, int flags, IntPtr module);

    [LibraryImport(Library, EntryPoint = "sqlite3_close")]
    private static partial int Close(IntPtr database);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    private static partial IntPtr Message(IntPtr database);

    [LibraryImport(Library, EntryPoint = "sqlite3_exec", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExecuteAll(IntPtr database, string statements, IntPtr callback, IntPtr argument, IntPtr message);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PrepareOne(IntPtr database, string statement, int length, out IntPtr prepared, IntPtr rest);
}
