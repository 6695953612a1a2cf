namespace BackupPS;

/// <summary>One recovery point. Each is whole: restoring it needs no other.</summary>
public sealed class BackupSnapshot
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string SnapshotId { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>The policy that made it; empty for an ad-hoc backup.</summary>
    public required string PolicyName { get; init; }

    /// <summary>When the backup began (UTC): the state that it holds is not older than this.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary><c>Full</c>, <c>Incremental</c> or <c>Differential</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>Complete</c>, or <c>Incomplete</c> when some items could not be saved.</summary>
    public required string Status { get; init; }

    /// <summary>The host that was saved.</summary>
    public required string HostName { get; init; }

    /// <summary>A random id of that host's installation of BackupPS, stable across renames.</summary>
    public required string HostId { get; init; }

    /// <summary>The account that ran the backup.</summary>
    public string UserName { get; init; } = "";

    /// <summary>Absolute paths that were saved.</summary>
    public string[] Source { get; init; } = [];

    /// <summary>Tags.</summary>
    public string[] Tag { get; init; } = [];

    /// <summary>Whether retention must leave it alone.</summary>
    public bool Hold { get; init; }

    /// <summary>The snapshot that it was compared with; empty for a Full.</summary>
    public string ParentId { get; init; } = "";

    /// <summary>The snapshot of the same policy and host before this one; empty for the first.</summary>
    public string PredecessorId { get; init; } = "";

    /// <summary>1 for the first snapshot of a policy on a host, then one more each time.</summary>
    public long Sequence { get; init; }

    /// <summary>Items that are not folders.</summary>
    public long FileCount { get; init; }

    /// <summary>Folders.</summary>
    public long DirectoryCount { get; init; }

    /// <summary>Sum of the sizes of all files, in bytes, as a restore would write them.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes that this backup added to the repository, compressed and sealed.</summary>
    public long BytesStored { get; init; }

    /// <summary>How many items could not be saved, or not as they were.</summary>
    public int FaultCount { get; init; }

    /// <summary>The id: so a snapshot may be given where one is asked for.</summary>
    public override string ToString() => SnapshotId;
}
