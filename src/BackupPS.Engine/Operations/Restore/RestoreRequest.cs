namespace BackupPS.Engine;

/// <summary>What to restore, and where to. The snapshot is named by id, or by policy and time.</summary>
public sealed record RestoreRequest
{
    /// <summary>Name or absolute path of the repository; <see langword="null"/>: that of the policy.</summary>
    public string? Repository { get; init; }

    /// <summary>Unlocks the repository; <see langword="null"/> when it is unlocked already or the unattended secret serves.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>The snapshot, or the beginning of its id.</summary>
    public string? SnapshotId { get; init; }

    /// <summary>The policy whose latest snapshot is meant.</summary>
    public string? PolicyName { get; init; }

    /// <summary>With <see cref="PolicyName"/>: whose snapshots of it count.</summary>
    public HostSelection Hosts { get; init; } = HostSelection.Own;

    /// <summary>With <see cref="PolicyName"/>: its latest snapshot at this time (UTC).</summary>
    public DateTime? At { get; init; }

    /// <summary>Glob patterns of what to restore, whole folders with all below them; empty: everything.</summary>
    public IReadOnlyList<string> Path { get; init; } = [];

    /// <summary>Exact paths of what to restore, beside <see cref="Path"/>.</summary>
    public IReadOnlyList<string> LiteralPath { get; init; } = [];

    /// <summary>Absolute path of the folder that receives the items; made where it is missing. <c>/</c> restores in their former places.</summary>
    public required string Destination { get; init; }

    /// <summary>What to do where something is: <c>Never</c>, <c>IfNewer</c> (the snapshot's is newer), <c>IfChanged</c> (size or time differ) or <c>Always</c>.</summary>
    public string Overwrite { get; init; } = "Never";

    /// <summary>Whether what is there is compared block by block, only what differs is fetched, and all is replaced as one transaction.</summary>
    public bool InPlace { get; init; }

    /// <summary>With <see cref="InPlace"/>: whether items are deleted that the snapshot does not have, in the folders that are restored.</summary>
    public bool DeleteExtra { get; init; }

    /// <summary>With <see cref="InPlace"/>: whether each change is made at once, blocks straight in the files, and nothing is kept.</summary>
    public bool NoRollback { get; init; }

    /// <summary>Whether to read back and compare what was written.</summary>
    public bool Verify { get; init; }

    /// <summary>Whether owners are restored by number although the names are known on this host.</summary>
    public bool NumericOwner { get; init; }
}
