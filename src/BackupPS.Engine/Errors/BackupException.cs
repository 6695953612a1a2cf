namespace BackupPS.Engine;

/// <summary>An operation cannot go on. What it is and what to do about it come from <see cref="BackupError"/>.</summary>
public sealed class BackupException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="error">A row of the table of errors.</param>
    /// <param name="message">What happened, with the names and numbers of this case.</param>
    /// <param name="target">What it happened to: a path, a repository, an object's name; shown as the target of the error.</param>
    /// <param name="innerException">What caused it.</param>
    public BackupException(BackupError error, string message, string? target = null, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentNullException.ThrowIfNull(error);
        Error = error;
        Target = target ?? "";
    }

    /// <summary>The row of the table of errors.</summary>
    public BackupError Error { get; }

    /// <summary>Whether an object of the repository cannot be had, which <see cref="Target"/> names: see <see cref="BackupError.MeansUnavailable"/>.</summary>
    public bool IsUnavailable => Error.MeansUnavailable;

    /// <summary>What it happened to; may be empty.</summary>
    public string Target { get; }
}
