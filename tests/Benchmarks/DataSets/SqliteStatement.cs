using System.Runtime.InteropServices;
using System.Text;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>A prepared statement.</summary>
internal sealed partial class SqliteStatement(SqliteFile file, IntPtr handle) : IDisposable
{
    private const string Library = "e_sqlite3";
    private const int RowResult = 100;
    private static readonly IntPtr Copy = -1;

    /// <summary>Runs it with values: long, string or byte[].</summary>
    /// <returns>The first column of the first row as a number; 0 where there is no row.</returns>
    public long Run(params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) Bind(i + 1, values[i]);
        int result = Step(handle);
        file.Check(result);
        long first = result == RowResult ? Number(handle, 0) : 0;
        file.Check(Reset(handle));
        return first;
    }

    public void Dispose() => _ = Finish(handle);

    private void Bind(int index, object value)
    {
        switch (value)
        {
            case long number:
                file.Check(BindNumber(handle, index, number));
                break;
            case byte[] bytes:
                file.Check(BindBytes(handle, index, bytes, bytes.Length, Copy));
                break;
            default:
                byte[] text = Encoding.UTF8.GetBytes((string)value);
                file.Check(BindText(handle, index, text, text.Length, Copy));
                break;
        }
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64")]
    private static partial int BindNumber(IntPtr statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_blob")]
    private static partial int BindBytes(IntPtr statement, int index, byte[] value, int length, IntPtr destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    private static partial int BindText(IntPtr statement, int index, byte[] value, int length, IntPtr destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    private static partial int Step(IntPtr statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64")]
    private static partial long Number(IntPtr statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    private static partial int Reset(IntPtr statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    private static partial int Finish(IntPtr statement);
}
