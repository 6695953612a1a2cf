using System.Runtime.InteropServices;
using System.Text;

namespace BackupPS.Engine.Catalog;

/// <summary>An open database file, for one thread. A transaction that is open when it is disposed of is undone.</summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    // In WAL mode NORMAL keeps the database whole whatever happens, as FULL does; a commit is durable when the last connection closes, which copies the
    // log into the file and waits for the disk twice instead of five times.
    private const string Settings = "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL";

    private nint handle;

    private SqliteConnection(nint handle) => this.handle = handle;

    /// <summary>Opens a database file that exists, with foreign keys enforced.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection Open(string path)
    {
        nint opened = 0;
        int code;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0')) code = SqliteLibrary.Open(name, &opened, SqliteLibrary.OpenReadWrite | SqliteLibrary.OpenNoMutex, null);

        // There is a connection to ask and to close even where the file could not be opened.
        var connection = new SqliteConnection(opened);
        try
        {
            connection.Check(code);
            connection.Execute(Settings);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements without parameters.</summary>
    /// <returns>How many rows the last one changed.</returns>
    public int Execute(string sql)
    {
        int changed = 0;
        for (string rest = sql; rest.AsSpan().Trim().Length > 0;)
        {
            using SqliteStatement statement = Prepare(rest, out rest);
            changed = statement.Execute();
        }

        return changed;
    }

    /// <summary>The first value of the first row of a statement without parameters: a <see cref="long"/> or a <see cref="string"/>.</summary>
    public T Scalar<T>(string sql)
    {
        using SqliteStatement statement = Prepare(sql);
        statement.Step();
        object value = typeof(T) == typeof(string) ? statement.Text(0) : statement.Number(0);
        return (T)value;
    }

    /// <summary>A statement, to be given its parameters.</summary>
    public SqliteStatement Prepare(string sql) => Prepare(sql, out _);

    /// <summary>Ends the connection; called again, it does nothing.</summary>
    public void Dispose()
    {
        _ = SqliteLibrary.Close(handle);
        handle = 0;
    }

    /// <summary>How many rows the last statement has changed.</summary>
    internal int Changes => SqliteLibrary.Changes(handle);

    /// <summary>Throws what a result code other than success stands for.</summary>
    internal void Check(int code)
    {
        if (code is not (SqliteLibrary.Ok or SqliteLibrary.Row or SqliteLibrary.Done)) throw new SqliteException(code, Marshal.PtrToStringUTF8((nint)SqliteLibrary.Message(handle)) ?? "");
    }

    private SqliteStatement Prepare(string sql, out string rest)
    {
        nint statement = 0;
        byte[] text = Encoding.UTF8.GetBytes(sql + '\0');
        fixed (byte* start = text)
        {
            byte* end = null;
            long began = 0;
            int code;
            do code = SqliteLibrary.Prepare(handle, start, text.Length, &statement, &end);
            while (SqliteStatement.MayPass(code, ref began));
            Check(code);
            rest = Encoding.UTF8.GetString(text.AsSpan((int)(end - start)).TrimEnd((byte)0));
        }

        return new SqliteStatement(this, statement);
    }
}
