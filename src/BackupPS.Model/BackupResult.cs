namespace BackupPS;

/// <summary>What one backup did.</summary>
public sealed class BackupResult
{
    /// <summary>The run in the catalog.</summary>
    public required string RunId { get; init; }

    /// <summary>The snapshot that was committed; empty where none was.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The policy; empty for an ad-hoc backup.</summary>
    public required string PolicyName { get; init; }

    /// <summary><c>Complete</c>, <c>Incomplete</c> (some items could not be saved) or <c>Failed</c> (the verification that the policy asks for failed).</summary>
    public required string Status { get; init; }

    /// <summary><c>Full</c>, <c>Incremental</c> or <c>Differential</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The snapshot that it was compared with; empty for a Full.</summary>
    public string ParentId { get; init; } = "";

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took, verification included.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Items, not folders, that the parent does not have.</summary>
    public long FilesNew { get; init; }

    /// <summary>Items, not folders, that differ from the parent's.</summary>
    public long FilesChanged { get; init; }

    /// <summary>Items, not folders, that the parent has and the source has no more.</summary>
    public long FilesRemoved { get; init; }

    /// <summary>Items, not folders, that are as in the parent.</summary>
    public long FilesUnchanged { get; init; }

    /// <summary>Folders in the snapshot.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Files whose content was read.</summary>
    public long FilesRead { get; init; }

    /// <summary>Files and folders that filters left out. What lies below an excluded folder is not counted.</summary>
    public long ItemsExcluded { get; init; }

    /// <summary>Sum of the sizes of all files in the snapshot, in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of content read from the source.</summary>
    public long BytesRead { get; init; }

    /// <summary>Bytes of content and trees that the repository lacked, before compression.</summary>
    public long BytesAdded { get; init; }

    /// <summary>Bytes of packs and index written to the repository.</summary>
    public long BytesStored { get; init; }

    /// <summary>How many calls to the store failed for a reason that may pass, and were repeated.</summary>
    public int Retries { get; init; }

    /// <summary>Outcome of the verification after the run: <c>NotRun</c>, <c>Passed</c>, <c>Failed</c>, or <c>Unknown</c> where it could not be carried out, as a fault says.</summary>
    public string Verification { get; init; } = "NotRun";

    /// <summary>How many items could not be saved, or not as they were.</summary>
    public int FaultCount { get; init; }

    /// <summary>The first 1000 faults, as <c>ErrorId: path: reason</c>.</summary>
    public string[] Faults { get; init; } = [];
}
