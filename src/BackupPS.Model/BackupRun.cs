namespace BackupPS;

/// <summary>One execution of an operation, kept in the catalog.</summary>
public sealed class BackupRun
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string RunId { get; init; }

    /// <summary><c>Backup</c>, <c>Restore</c>, <c>Verify</c>, <c>Retention</c> or <c>Optimize</c>.</summary>
    public required string Operation { get; init; }

    /// <summary><c>Running</c>, <c>Complete</c>, <c>Incomplete</c>, <c>Failed</c>, <c>Cancelled</c>, or <c>Interrupted</c>: its process ended without saying how.</summary>
    public required string Status { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The policy; empty where there was none.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The snapshot made, restored or verified; empty where there is not exactly one.</summary>
    public string SnapshotId { get; init; } = "";

    /// <summary>Backup: its type. Verify: its level. Else empty.</summary>
    public string Type { get; init; } = "";

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took; zero while it runs.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Backup: files in the snapshot. Restore: files written. Verify: objects checked.</summary>
    public long FileCount { get; init; }

    /// <summary>Bytes read from the source (backup) or the store (verify), or written (restore).</summary>
    public long BytesProcessed { get; init; }

    /// <summary>Bytes added to the repository.</summary>
    public long BytesStored { get; init; }

    /// <summary>How many faults were recorded.</summary>
    public int FaultCount { get; init; }

    /// <summary>The first 1000 faults, as <c>ErrorId: path: reason</c>; kept for a year, as all events are.</summary>
    public string[] Faults { get; init; } = [];

    /// <summary>How many calls to the store failed for a reason that may pass, and were repeated.</summary>
    public int Retries { get; init; }

    /// <summary>The error that ended it; empty where none did.</summary>
    public string ErrorId { get; init; } = "";

    /// <summary>That error's message.</summary>
    public string Message { get; init; } = "";

    /// <summary>The host that ran it.</summary>
    public string HostName { get; init; } = "";
}
