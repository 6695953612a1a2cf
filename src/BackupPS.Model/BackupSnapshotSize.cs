namespace BackupPS;

/// <summary>How much space a snapshot takes, and how much of that is its own. Bytes in the repository are compressed and sealed.</summary>
public sealed class BackupSnapshotSize
{
    /// <summary>The snapshot.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The policy that made it; empty for an ad-hoc backup.</summary>
    public required string PolicyName { get; init; }

    /// <summary>The host that was saved.</summary>
    public required string HostName { get; init; }

    /// <summary>When the backup began (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Items that are not folders.</summary>
    public long FileCount { get; init; }

    /// <summary>Folders.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Sum of the sizes of all files, in bytes, as a restore would write them.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes in the repository of all that the snapshot needs: what it would take if it were alone there.</summary>
    public long StoredBytes { get; init; }

    /// <summary>Of <see cref="StoredBytes"/>, what no other snapshot of the repository needs: what removing this one alone frees, once the repository is optimized.</summary>
    public long UniqueBytes { get; init; }

    /// <summary>Of <see cref="StoredBytes"/>, what other snapshots need too.</summary>
    public long SharedBytes { get; init; }

    /// <summary>
    /// What removing this one frees after those that were measured before it in the same call, in their order: the sum over all is what removing all
    /// of them frees. Of the first, the same as <see cref="UniqueBytes"/>.
    /// </summary>
    public long FreedBytes { get; init; }
}
