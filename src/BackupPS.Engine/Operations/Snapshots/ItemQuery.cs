namespace BackupPS.Engine;

/// <summary>Which items of a snapshot to list.</summary>
public sealed record ItemQuery
{
    /// <summary>Name or absolute path of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The snapshot, or the beginning of its id.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>Glob patterns; empty together with <see cref="LiteralPath"/>: the sources of the snapshot.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Exact paths.</summary>
    public IReadOnlyList<string> LiteralPath { get; init; } = [];

    /// <summary>Whether everything below a folder that matches is listed too.</summary>
    public bool Recurse { get; init; }
}
