namespace BackupPS.Engine;

/// <summary>What a restore would do.</summary>
public sealed record RestorePlan
{
    /// <summary>The snapshot.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The host that it was made on.</summary>
    public required string HostName { get; init; }

    /// <summary>The folder that would receive the items.</summary>
    public required string Destination { get; init; }

    /// <summary>Items, not folders, that would be written.</summary>
    public long FilesToRestore { get; init; }

    /// <summary>Items that are there and would be left alone.</summary>
    public long FilesToSkip { get; init; }

    /// <summary>Of those: items that are not as the snapshot has them.</summary>
    public long FilesDifferent { get; init; }

    /// <summary>Folders in the selection.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Bytes that would be written; in place: fetched.</summary>
    public long BytesToRestore { get; init; }

    /// <summary>Whether it compares with what is there; what follows is for that.</summary>
    public bool InPlace { get; init; }

    /// <summary>Items that are as they should be.</summary>
    public long FilesUnchanged { get; init; }

    /// <summary>Items that would be replaced, or get other metadata.</summary>
    public long FilesToChange { get; init; }

    /// <summary>Items that are missing.</summary>
    public long FilesToCreate { get; init; }

    /// <summary>Items, not folders, that would be deleted.</summary>
    public long FilesToDelete { get; init; }

    /// <summary>Bytes that are there already.</summary>
    public long BytesToReuse { get; init; }

    /// <summary>Bytes of the files that would be deleted.</summary>
    public long BytesToDelete { get; init; }

    /// <summary>Absolute paths, on the source, of what would be deleted; a folder stands for all that is in it.</summary>
    public IReadOnlyList<string> ItemsToDelete { get; init; } = [];
}
