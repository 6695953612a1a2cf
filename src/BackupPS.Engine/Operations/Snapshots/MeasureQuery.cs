namespace BackupPS.Engine;

/// <summary>Which snapshots to measure.</summary>
public sealed record MeasureQuery
{
    /// <summary>Name or absolute path of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The snapshots, by their whole ids, in the order in which <see cref="BackupSnapshotSize.FreedBytes"/> takes them for removed.</summary>
    public required IReadOnlyList<string> SnapshotId { get; init; }
}
