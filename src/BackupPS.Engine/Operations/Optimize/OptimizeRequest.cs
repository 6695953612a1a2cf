namespace BackupPS.Engine;

/// <summary>What to optimize.</summary>
public sealed record OptimizeRequest
{
    /// <summary>A registered name, or an absolute path.</summary>
    public required string Repository { get; init; }

    /// <summary>Opens it; <see langword="null"/>: the keys that this engine has, or the unattended secret.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>Per cent of the packs' bytes that may stay unused, from 0 (every unused blob goes) to 100 (none of it is written anew; many small packs are joined in any case). Default 5: what is written to free space then stays in proportion to it.</summary>
    public double MaxUnusedPercent { get; init; } = 5;

    /// <summary>Whether sessions that have not ended are fenced off at once, and not only after 48 h without a sign of life. Their runs fail; no data is lost.</summary>
    public bool FenceSessions { get; init; }

    /// <summary>Ids of snapshots that are missing or cannot be read, and are given up: what only they needed is deleted. The repository's own id: all that a repository without any history may have had.</summary>
    public IReadOnlyList<string> Abandon { get; init; } = [];

    /// <summary>How long packs that shall go stay, and can be had back, before they are deleted, such as <c>7d</c>, also those of earlier runs; empty: those of earlier runs as long as was said then, others not at all.</summary>
    public string KeepDeletedFor { get; init; } = "";
}
