namespace BackupPS.Engine;

/// <summary>What a restore would do.</summary>
public sealed record RestorePlan
{
    /// <summary>The snapshot.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The folder that would receive the items.</summary>
    public required string Destination { get; init; }

    /// <summary>Items, not folders, that would be written.</summary>
    public long FilesToRestore { get; init; }

    /// <summary>Items that are there and would be left alone.</summary>
    public long FilesToSkip { get; init; }

    /// <summary>Folders in the selection.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Bytes that would be written.</summary>
    public long BytesToRestore { get; init; }
}
