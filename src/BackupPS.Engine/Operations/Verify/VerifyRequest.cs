namespace BackupPS.Engine;

/// <summary>What to verify. Without policy, snapshot and hosts it is the whole repository.</summary>
public sealed record VerifyRequest
{
    /// <summary>Name or absolute path of the repository; <see langword="null"/>: that of the policy.</summary>
    public string? Repository { get; init; }

    /// <summary>Unlocks the repository; <see langword="null"/> when it is unlocked already or the unattended secret serves.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary>Only this snapshot.</summary>
    public string? SnapshotId { get; init; }

    /// <summary>Only the snapshots of this policy.</summary>
    public string? PolicyName { get; init; }

    /// <summary>Only the snapshots of these hosts; <see langword="null"/>: of all. It is an error where there is none.</summary>
    public HostSelection? Hosts { get; init; }

    /// <summary><c>Structure</c>, <c>Data</c> or <c>Restore</c>.</summary>
    public string Level { get; init; } = "Structure";

    /// <summary>Level Restore: absolute path of the folder in which the sandbox is made; <see langword="null"/>: the system's temporary folder.</summary>
    public string? WorkPath { get; init; }
}
