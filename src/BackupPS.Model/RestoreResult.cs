namespace BackupPS;

/// <summary>What one restore did.</summary>
public sealed class RestoreResult
{
    /// <summary>The run in the catalog.</summary>
    public required string RunId { get; init; }

    /// <summary>The snapshot that was restored.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>Status of the snapshot: what one that is <c>Incomplete</c> lacks cannot be restored.</summary>
    public string SnapshotStatus { get; init; } = "";

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The policy of the snapshot; empty for an ad-hoc backup.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The host that the snapshot was made on; empty after <c>-Resume</c> and <c>-Rollback</c>.</summary>
    public string HostName { get; init; } = "";

    /// <summary>The folder that received the items; below it they have their whole former path.</summary>
    public required string Destination { get; init; }

    /// <summary>
    /// <c>Complete</c> when all that was asked for is there now, as it was when it was saved; <c>Incomplete</c> when some items could not be restored, were
    /// left different, or the snapshot is Incomplete; <c>RolledBack</c> after <c>-Rollback</c>.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took, verification included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Items, not folders, that were written.</summary>
    public long FilesRestored { get; init; }

    /// <summary>Items that were there and that <c>-Overwrite</c> left alone.</summary>
    public long FilesSkipped { get; init; }

    /// <summary>Of those: items of another kind, size or time than in the snapshot, or, with <c>-Verify</c>, of other content.</summary>
    public long FilesDifferent { get; init; }

    /// <summary>Folders made, or given back their metadata.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Bytes of content written; in place: fetched from the repository.</summary>
    public long BytesRestored { get; init; }

    /// <summary>Whether it was restored in place; what follows is for that.</summary>
    public bool InPlace { get; init; }

    /// <summary>Items, not folders, that were there and were compared with the snapshot.</summary>
    public long FilesCompared { get; init; }

    /// <summary>Of those: the same.</summary>
    public long FilesUnchanged { get; init; }

    /// <summary>Of those: replaced, or only their metadata mended.</summary>
    public long FilesChanged { get; init; }

    /// <summary>Items that were missing.</summary>
    public long FilesCreated { get; init; }

    /// <summary>Items that the snapshot does not have, and that <c>-DeleteExtra</c> deleted.</summary>
    public long FilesDeleted { get; init; }

    /// <summary>Bytes of the snapshot's content that were there already, and were not fetched.</summary>
    public long BytesReused { get; init; }

    /// <summary>Whether <c>-Verify</c> read back every item that was asked for and found it as it was saved; never so where <c>Status</c> is not <c>Complete</c>.</summary>
    public bool Verified { get; init; }

    /// <summary>How many items could not be restored, or not as they were.</summary>
    public int FaultCount { get; init; }

    /// <summary>The first 1000 faults, as <c>ErrorId: path: reason</c>.</summary>
    public string[] Faults { get; init; } = [];

    /// <summary>The first 1000 items that were left different, as <c>path: how</c>.</summary>
    public string[] Different { get; init; } = [];
}
