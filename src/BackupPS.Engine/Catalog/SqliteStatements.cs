using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Statements in one line each. Parameters are pairs of name (with its <c>$</c>) and value.</summary>
internal static class SqliteStatements
{
    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = Prepare(connection, sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row.</summary>
    public static T Scalar<T>(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = Prepare(connection, sql, parameters);
        return (T)command.ExecuteScalar()!;
    }

    /// <summary>Each row as <paramref name="read"/> sees it.</summary>
    public static List<T> Query<T>(this SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = Prepare(connection, sql, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>A statement that is run many times, with parameters to be set.</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }

    /// <summary>Whether a row with the same key is there already.</summary>
    public static bool IsDuplicate(this SqliteException exception) => exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT;
}
