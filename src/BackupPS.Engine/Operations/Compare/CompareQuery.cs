namespace BackupPS.Engine;

/// <summary>What to compare.</summary>
public sealed record CompareQuery
{
    /// <summary>Name or absolute path of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The snapshot that tells how things were before, or the beginning of its id.</summary>
    public required string ReferenceId { get; init; }

    /// <summary>The snapshot that tells how they are after, or the beginning of its id; <see langword="null"/>: the file system of this host as it is now.</summary>
    public string? DifferenceId { get; init; }

    /// <summary>Glob patterns: what matches, with all below it; empty together with <see cref="LiteralPath"/>: everything.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Exact paths, with all below them.</summary>
    public IReadOnlyList<string> LiteralPath { get; init; } = [];

    /// <summary>With the file system: whether files of the same size are read and compared byte for byte, whatever their times.</summary>
    public bool Content { get; init; }
}
