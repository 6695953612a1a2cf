namespace BackupPS.Engine;

/// <summary>What to look for in which snapshots.</summary>
public sealed record ItemSearchQuery
{
    /// <summary>Name or absolute path of the repository; <see langword="null"/>: all registered ones.</summary>
    public string? Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>Glob patterns of names or paths.</summary>
    public IReadOnlyList<string> Name { get; init; } = [];

    /// <summary>Exact paths.</summary>
    public IReadOnlyList<string> LiteralPath { get; init; } = [];

    /// <summary>Only these snapshots, by their whole ids; empty together with <see cref="PolicyName"/>: all.</summary>
    public IReadOnlyCollection<string> SnapshotId { get; init; } = [];

    /// <summary>Those of these policies, too.</summary>
    public IReadOnlyCollection<string> PolicyName { get; init; } = [];

    /// <summary>Only snapshots of these hosts; <see langword="null"/>: of all.</summary>
    public HostSelection? Hosts { get; init; }

    /// <summary>Only snapshots not older than this (UTC).</summary>
    public DateTime? Since { get; init; }

    /// <summary>Only snapshots not younger than this (UTC).</summary>
    public DateTime? Until { get; init; }
}
