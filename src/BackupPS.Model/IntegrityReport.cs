namespace BackupPS;

/// <summary>What a verification found.</summary>
public sealed class IntegrityReport
{
    /// <summary>The run in the catalog.</summary>
    public required string RunId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The one snapshot that was verified; empty when it was all of them.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The policy whose snapshots were verified; empty when it was all.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The hosts whose snapshots were verified.</summary>
    public string[] HostName { get; init; } = [];

    /// <summary><c>Structure</c>, <c>Data</c> or <c>Restore</c>.</summary>
    public required string Level { get; init; }

    /// <summary><c>Passed</c> or <c>Failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>When it began (UTC).</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Snapshots verified.</summary>
    public int SnapshotCount { get; init; }

    /// <summary>Objects of the repository that were checked.</summary>
    public long ObjectCount { get; init; }

    /// <summary>Blobs whose id was recomputed.</summary>
    public long BlobCount { get; init; }

    /// <summary>Bytes read from the store.</summary>
    public long BytesRead { get; init; }

    /// <summary>How many damages were found.</summary>
    public int DamageCount { get; init; }

    /// <summary>Each damage, as <c>ErrorId: object: what is wrong</c>; the first 1000.</summary>
    public string[] Damage { get; init; } = [];

    /// <summary>Names of the damaged or missing objects.</summary>
    public string[] DamagedObject { get; init; } = [];

    /// <summary>Ids of the snapshots that can no longer be restored in full.</summary>
    public string[] AffectedSnapshot { get; init; } = [];

    /// <summary>
    /// Names of objects that are missing or damaged without harm: whatever a snapshot needs of them has been stored again, or nothing is needed of them. They are no
    /// damage; <c>Optimize-BackupRepository</c> takes such packs out of the repository's index.
    /// </summary>
    public string[] HealedObject { get; init; } = [];
}
