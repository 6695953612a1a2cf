using System.Diagnostics;
using System.Text;

namespace BackupPS.Engine.Catalog;

/// <summary>A compiled statement: its parameters are bound by name, then it is run; then the same again with other values.</summary>
internal sealed unsafe class SqliteStatement : IDisposable
{
    /// <summary>How long a call waits where another program, such as the sqlite3 shell, holds the file.</summary>
    public const int BusySeconds = 10;

    // Whoever holds the file does so for milliseconds, or has left a shell open.
    private const int BusyPause = 20;

    private readonly SqliteConnection connection;
    private nint handle;

    internal SqliteStatement(SqliteConnection connection, nint handle)
    {
        this.connection = connection;
        this.handle = handle;
    }

    /// <summary>Sets a parameter, whose name begins with a <c>$</c>, to a text; <see langword="null"/>: to NULL.</summary>
    public SqliteStatement Bind(string parameter, string? value)
    {
        int index = IndexOf(parameter);
        if (value is null)
        {
            connection.Check(SqliteLibrary.BindNull(handle, index));
            return this;
        }

        // With its end, so that an empty text has an address, too: one without would be NULL.
        byte[] text = Encoding.UTF8.GetBytes(value + '\0');
        fixed (byte* start = text) connection.Check(SqliteLibrary.BindText(handle, index, start, text.Length - 1, SqliteLibrary.Transient));
        return this;
    }

    /// <summary>Sets a parameter to a number.</summary>
    public SqliteStatement Bind(string parameter, long value)
    {
        connection.Check(SqliteLibrary.BindNumber(handle, IndexOf(parameter), value));
        return this;
    }

    /// <summary>Sets a parameter to bytes, of which there is at least one; <see langword="null"/>: to NULL.</summary>
    public SqliteStatement Bind(string parameter, byte[]? value)
    {
        int index = IndexOf(parameter);
        fixed (byte* start = value) connection.Check(SqliteLibrary.BindBytes(handle, index, start, value?.Length ?? 0, SqliteLibrary.Transient));
        return this;
    }

    /// <summary>Runs it to its end; its parameters stay.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute()
    {
        while (Step())
        {
        }

        connection.Check(SqliteLibrary.Reset(handle));
        return connection.Changes;
    }

    /// <summary>Goes on to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Step()
    {
        long began = 0;
        int code = SqliteLibrary.Step(handle);
        while (MayPass(code, ref began))
        {
            _ = SqliteLibrary.Reset(handle);
            code = SqliteLibrary.Step(handle);
        }

        connection.Check(code);
        return code == SqliteLibrary.Row;
    }

    /// <summary>Begins anew, with the parameters as they are.</summary>
    public void Reset() => connection.Check(SqliteLibrary.Reset(handle));

    /// <summary>A text of the row.</summary>
    /// <exception cref="FormatException">It is NULL.</exception>
    public string Text(int column)
    {
        byte* text = SqliteLibrary.ColumnText(handle, column);
        return text != null ? Encoding.UTF8.GetString(text, SqliteLibrary.ColumnLength(handle, column)) : throw new FormatException($"column {column} is empty");
    }

    /// <summary>Bytes of the row; <see langword="null"/>: NULL, or none.</summary>
    public byte[]? Bytes(int column)
    {
        byte* bytes = SqliteLibrary.ColumnBytes(handle, column);
        return bytes != null ? new ReadOnlySpan<byte>(bytes, SqliteLibrary.ColumnLength(handle, column)).ToArray() : null;
    }

    /// <summary>A number of the row.</summary>
    public long Number(int column) => SqliteLibrary.ColumnNumber(handle, column);

    /// <summary>Ends the statement; called again, it does nothing.</summary>
    public void Dispose()
    {
        _ = SqliteLibrary.Finish(handle);
        handle = 0;
    }

    /// <summary>Waits a moment where another program holds the file, but not for ever.</summary>
    /// <param name="code">How the call ended.</param>
    /// <param name="began">When waiting began; 0: now.</param>
    internal static bool MayPass(int code, ref long began)
    {
        if (code != SqliteLibrary.Busy) return false;
        if (began == 0) began = Stopwatch.GetTimestamp();
        if (Stopwatch.GetElapsedTime(began).TotalSeconds > BusySeconds) return false;
        Thread.Sleep(BusyPause);
        return true;
    }

    private int IndexOf(string parameter)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(parameter + '\0'))
        {
            int index = SqliteLibrary.IndexOf(handle, name);
            return index > 0 ? index : throw new ArgumentException($"The statement has no parameter '{parameter}'.", nameof(parameter));
        }
    }
}
