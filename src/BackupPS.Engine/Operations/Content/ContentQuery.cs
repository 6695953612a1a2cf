namespace BackupPS.Engine;

/// <summary>Which file of a snapshot to read.</summary>
public sealed record ContentQuery
{
    /// <summary>Name or absolute path of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The snapshot, or the beginning of its id.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>Absolute path of the file on the source, as it is.</summary>
    public required string Path { get; init; }
}
