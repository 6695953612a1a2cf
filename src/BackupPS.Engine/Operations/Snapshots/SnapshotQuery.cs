namespace BackupPS.Engine;

/// <summary>Which snapshots to list.</summary>
public sealed record SnapshotQuery
{
    /// <summary>Name or absolute path of the repository; <see langword="null"/>: that of the policy, or all registered ones.</summary>
    public string? Repository { get; init; }

    /// <summary>Unlocks the repository.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The beginning of the id.</summary>
    public string? SnapshotId { get; init; }

    /// <summary>Only those of this policy; empty: only those of none.</summary>
    public string? PolicyName { get; init; }

    /// <summary>
    /// Only those of these hosts; <see langword="null"/>: of all, but that <see cref="Last"/> of a policy counts this host's where this host has the policy or
    /// snapshots of it, so that another host's are not taken for them.
    /// </summary>
    public HostSelection? Hosts { get; init; }

    /// <summary>Not older than this (UTC).</summary>
    public DateTime? Since { get; init; }

    /// <summary>Not younger than this (UTC).</summary>
    public DateTime? Until { get; init; }

    /// <summary>Only those with every one of these tags.</summary>
    public IReadOnlyList<string> Tag { get; init; } = [];

    /// <summary>Only the latest so many, of all repositories together; 0: all.</summary>
    public int Last { get; init; }
}
