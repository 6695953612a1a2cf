namespace BackupPS;

/// <summary>Something that happened in a run.</summary>
public sealed class BackupEvent
{
    /// <summary>The run in the catalog.</summary>
    public required string RunId { get; init; }

    /// <summary>Its place among the events of the run, from 1.</summary>
    public int Sequence { get; init; }

    /// <summary>When it happened (UTC).</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>
    /// What the run was doing. Backup: <c>Open</c>, <c>Prepare</c>, <c>Scan</c>, <c>Save</c>, <c>Index</c>, <c>Commit</c>, <c>Verify</c>. Restore:
    /// <c>Open</c>, <c>Plan</c>, <c>Write</c>, <c>Barrier</c>; in place <c>Replace</c>, too. Verification: <c>Open</c>, <c>Records</c>, <c>Snapshots</c>,
    /// <c>Content</c>, <c>Restore</c>. Optimization: <c>Open</c>, <c>Resume</c>, <c>Plan</c>, <c>Rewrite</c>, <c>Retire</c>, <c>Index</c>. Retention:
    /// <c>Open</c>, <c>Remove</c>.
    /// </summary>
    public required string Phase { get; init; }

    /// <summary>
    /// <c>Start</c> and <c>End</c> of the run, <c>PhaseStart</c> and <c>PhaseEnd</c>, <c>Fault</c> (one item failed), <c>Retry</c> (a call to the store failed
    /// and is repeated), <c>Warning</c>, <c>Message</c>, <c>Error</c> (it ended the run), or <c>Dropped</c> (how many more of a kind there were).
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The item or object that it is about; may be empty.</summary>
    public string Path { get; init; } = "";

    /// <summary>Fault and Error: which error. Else empty.</summary>
    public string ErrorId { get; init; } = "";

    /// <summary>What happened, in words. End: how the run ended.</summary>
    public string Message { get; init; } = "";

    /// <summary>Retry: which repetition of the call, from 1. Else 0.</summary>
    public int Attempt { get; init; }

    /// <summary>PhaseEnd: how long the phase took. Retry: the pause before the repetition. End: how long the run took. Else zero.</summary>
    public TimeSpan Duration { get; init; }
}
