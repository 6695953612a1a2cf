namespace BackupPS.Engine.Catalog;

/// <summary>A call of SQLite that failed.</summary>
internal sealed class SqliteException(int code, string message) : Exception(message)
{
    /// <summary>SQLite's result code.</summary>
    public int Code { get; } = code;

    /// <summary>Whether a row with the same key is there already.</summary>
    public bool IsDuplicate => Code == SqliteLibrary.Constraint;
}
