namespace BackupPS.Engine.Catalog;

/// <summary>How a run ended.</summary>
internal sealed record RunEnd
{
    /// <summary><c>Complete</c>, <c>Incomplete</c>, <c>Failed</c> or <c>Cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>How long it took, by a clock that is not set back.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The snapshot made, restored or verified; empty where there is not exactly one.</summary>
    public string SnapshotId { get; init; } = "";

    /// <summary>The type that the backup turned out to be; <see langword="null"/>: as it was begun.</summary>
    public string? Type { get; init; }

    /// <summary>The repository's id, found out during the run; <see langword="null"/>: as it was begun.</summary>
    public string? RepositoryId { get; init; }

    /// <summary>Backup: files in the snapshot. Restore: files written. Verify: objects checked.</summary>
    public long FileCount { get; init; }

    /// <summary>Bytes read from the source (backup) or the store (verify), or written (restore).</summary>
    public long BytesProcessed { get; init; }

    /// <summary>Bytes added to the repository.</summary>
    public long BytesStored { get; init; }

    /// <summary>Verify: the snapshots that were proved whole, every byte of them read.</summary>
    public IReadOnlyList<string> Verified { get; init; } = [];

    /// <summary>How many faults there were; may be more than <see cref="Events"/> hold.</summary>
    public int FaultCount { get; init; }

    /// <summary>How many calls to the store were repeated.</summary>
    public int Retries { get; init; }

    /// <summary>What happened, the faults among it, in order.</summary>
    public IReadOnlyList<BackupEvent> Events { get; init; } = [];

    /// <summary>The error that ended it; <see langword="null"/>: none did.</summary>
    public BackupError? Error { get; init; }

    /// <summary>That error's message.</summary>
    public string Message { get; init; } = "";

    /// <summary>
    /// The snapshot that the run has made for its policy, to be remembered as the head of the host's history in the same transaction;
    /// <see langword="null"/>: none, or it is remembered already.
    /// </summary>
    public RememberedHead? Head { get; init; }
}
