using Microsoft.Data.Sqlite;

namespace BackupPS.Engine.Catalog;

/// <summary>Statements in one line each. Names of parameters begin with a <c>$</c>.</summary>
internal static class SqliteStatements
{
    /// <summary>Runs statements without parameters. One that answers with rows must be the last: the library keeps errors of those after it to itself.</summary>
    /// <returns>How many rows they changed.</returns>
    public static int Execute(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = Prepare(connection, sql);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row of a statement without parameters.</summary>
    public static T Scalar<T>(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = Prepare(connection, sql);
        return (T)command.ExecuteScalar()!;
    }

    /// <summary>A statement, to be given its parameters; it is compiled once, however often it is run.</summary>
    public static SqliteCommand Prepare(this SqliteConnection connection, string sql)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }

    /// <summary>Sets a parameter, also one that was set for an earlier run; <see langword="null"/>: to NULL.</summary>
    public static SqliteCommand Bind(this SqliteCommand command, string parameter, object? value)
    {
        value ??= DBNull.Value;
        int index = command.Parameters.IndexOf(parameter);
        if (index < 0) command.Parameters.AddWithValue(parameter, value);
        else command.Parameters[index].Value = value;
        return command;
    }

    /// <summary>Whether a row with the same key is there already.</summary>
    public static bool IsDuplicate(this SqliteException exception) => exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT;
}
