using System.Runtime.InteropServices;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// The SQLite library that the package brings for each platform. Signatures from sqlite3.h, stable since version 3.5. It is called directly, since the
/// ADO.NET provider over it has the run-time compile some 350 methods before the first row: 30 ms of every command.
/// </summary>
internal static unsafe partial class SqliteLibrary
{
    public const int Ok = 0;
    public const int Forbidden = 3;
    public const int Busy = 5;
    public const int Locked = 6;
    public const int ReadOnly = 8;
    public const int Corrupt = 11;
    public const int Full = 13;
    public const int CannotOpen = 14;
    public const int Constraint = 19;
    public const int NotADatabase = 26;
    public const int Row = 100;
    public const int Done = 101;

    /// <summary>For reading and writing, and never creating.</summary>
    public const int OpenReadWrite = 2;

    /// <summary>One thread at a time uses a connection.</summary>
    public const int OpenNoMutex = 0x8000;

    /// <summary>SQLite makes a copy of what is bound.</summary>
    public const nint Transient = -1;

    private const string Name = "e_sqlite3";

    [LibraryImport(Name, EntryPoint = "sqlite3_open_v2")]
    public static partial int Open(byte* path, nint* connection, int flags, byte* system);

    [LibraryImport(Name, EntryPoint = "sqlite3_close_v2")]
    public static partial int Close(nint connection);

    [LibraryImport(Name, EntryPoint = "sqlite3_errmsg")]
    public static partial byte* Message(nint connection);

    [LibraryImport(Name, EntryPoint = "sqlite3_changes")]
    public static partial int Changes(nint connection);

    [LibraryImport(Name, EntryPoint = "sqlite3_prepare_v2")]
    public static partial int Prepare(nint connection, byte* sql, int length, nint* statement, byte** rest);

    [LibraryImport(Name, EntryPoint = "sqlite3_step")]
    public static partial int Step(nint statement);

    [LibraryImport(Name, EntryPoint = "sqlite3_reset")]
    public static partial int Reset(nint statement);

    [LibraryImport(Name, EntryPoint = "sqlite3_finalize")]
    public static partial int Finish(nint statement);

    [LibraryImport(Name, EntryPoint = "sqlite3_bind_parameter_index")]
    public static partial int IndexOf(nint statement, byte* parameter);

    [LibraryImport(Name, EntryPoint = "sqlite3_bind_text")]
    public static partial int BindText(nint statement, int parameter, byte* text, int length, nint disposal);

    [LibraryImport(Name, EntryPoint = "sqlite3_bind_blob")]
    public static partial int BindBytes(nint statement, int parameter, byte* bytes, int length, nint disposal);

    [LibraryImport(Name, EntryPoint = "sqlite3_bind_int64")]
    public static partial int BindNumber(nint statement, int parameter, long value);

    [LibraryImport(Name, EntryPoint = "sqlite3_bind_null")]
    public static partial int BindNull(nint statement, int parameter);


    [LibraryImport(Name, EntryPoint = "sqlite3_column_int64")]
    public static partial long ColumnNumber(nint statement, int column);

    [LibraryImport(Name, EntryPoint = "sqlite3_column_text")]
    public static partial byte* ColumnText(nint statement, int column);

    [LibraryImport(Name, EntryPoint = "sqlite3_column_blob")]
    public static partial byte* ColumnBytes(nint statement, int column);

    [LibraryImport(Name, EntryPoint = "sqlite3_column_bytes")]
    public static partial int ColumnLength(nint statement, int column);
}
