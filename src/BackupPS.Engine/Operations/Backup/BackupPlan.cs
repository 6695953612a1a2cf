namespace BackupPS.Engine;

/// <summary>What a backup would do, found by walking the sources without reading a file.</summary>
public sealed record BackupPlan
{
    /// <summary>The policy; empty for an ad-hoc backup.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The repository's name or path.</summary>
    public required string Repository { get; init; }

    /// <summary><c>Full</c>, <c>Incremental</c> or <c>Differential</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The snapshot that the sources are compared with; empty for a Full.</summary>
    public required string ParentId { get; init; }

    /// <summary>Items that the parent does not have.</summary>
    public long FilesNew { get; init; }

    /// <summary>Items that differ from the parent's.</summary>
    public long FilesChanged { get; init; }

    /// <summary>Items that the source has no more.</summary>
    public long FilesRemoved { get; init; }

    /// <summary>Items that are as in the parent.</summary>
    public long FilesUnchanged { get; init; }

    /// <summary>Files that would be read.</summary>
    public long FilesToRead { get; init; }

    /// <summary>Bytes that would be read.</summary>
    public long BytesToRead { get; init; }
}
