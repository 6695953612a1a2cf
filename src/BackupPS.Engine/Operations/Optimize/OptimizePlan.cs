namespace BackupPS.Engine;

/// <summary>What an optimization would do now.</summary>
public sealed record OptimizePlan
{
    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>Recovery points. Every one stays.</summary>
    public required int SnapshotCount { get; init; }

    /// <summary>Names of packs of which nothing is needed.</summary>
    public required string[] PacksRemoved { get; init; }

    /// <summary>Bytes of them.</summary>
    public required long BytesRemoved { get; init; }

    /// <summary>Names of packs that are written anew.</summary>
    public required string[] PacksRewritten { get; init; }

    /// <summary>Bytes of them.</summary>
    public required long BytesRewritten { get; init; }

    /// <summary>Bytes of them that are needed, as far as can be told before they are compressed again.</summary>
    public required long BytesKept { get; init; }

    /// <summary>Bytes that nobody needs and that stay.</summary>
    public required long BytesUnused { get; init; }

    /// <summary>Packs of earlier runs that are announced, and wait for writers.</summary>
    public required int PendingPacks { get; init; }
}
