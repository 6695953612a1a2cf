namespace BackupPS.Engine;

/// <summary>Kinds of <see cref="BackupEvent"/>.</summary>
public static class BackupEventKind
{
    /// <summary>The run begins.</summary>
    public const string Start = "Start";

    /// <summary>A phase begins.</summary>
    public const string PhaseStart = "PhaseStart";

    /// <summary>A phase has ended, with its duration.</summary>
    public const string PhaseEnd = "PhaseEnd";

    /// <summary>One item failed; the rest goes on.</summary>
    public const string Fault = "Fault";

    /// <summary>A call to the store failed for a reason that may pass, and is repeated.</summary>
    public const string Retry = "Retry";

    /// <summary>Something that the user should know although the run succeeds.</summary>
    public const string Warning = "Warning";

    /// <summary>A line of the story.</summary>
    public const string Message = "Message";

    /// <summary>The run failed.</summary>
    public const string Error = "Error";

    /// <summary>How many events of a kind there were beyond those that are kept.</summary>
    public const string Dropped = "Dropped";

    /// <summary>The run has ended; a log without it is that of a run that was killed, or goes on.</summary>
    public const string End = "End";
}
