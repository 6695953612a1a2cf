namespace BackupPS.Engine;

/// <summary>What to back up. With a policy, everything else that is left at its default comes from the policy.</summary>
public sealed record BackupRequest
{
    /// <summary>The policy; <see langword="null"/> for an ad-hoc backup, which needs <see cref="Source"/> and <see cref="Repository"/>.</summary>
    public string? PolicyName { get; init; }

    /// <summary>Absolute paths, as <see cref="PathText"/> has them.</summary>
    public IReadOnlyList<string> Source { get; init; } = [];

    /// <summary>Name or absolute path of the repository; <see langword="null"/>: the policy's.</summary>
    public string? Repository { get; init; }

    /// <summary>Unlocks the repository; <see langword="null"/> when it is unlocked already or the unattended secret serves.</summary>
    public RepositorySecret? Secret { get; init; }

    /// <summary><c>Auto</c>, <c>Full</c>, <c>Incremental</c> or <c>Differential</c>.</summary>
    public string Type { get; init; } = "Auto";

    /// <summary>Filters; a policy's own are added to them.</summary>
    public FilterRules Filter { get; init; } = FilterRules.None;

    /// <summary>Tags of the snapshot; a policy's own are added to them.</summary>
    public IReadOnlyList<string> Tag { get; init; } = [];

    /// <summary>Whether to wait while another run of the policy is under way; else it is <see cref="BackupError.PolicyAlreadyRunning"/>.</summary>
    public bool Wait { get; init; }

    /// <summary>Whether what the repository has already is read and proved before the snapshot relies on it, and stored again where it is damaged.</summary>
    public bool VerifyStored { get; init; }

    /// <summary>Faults found before the engine was called, such as piped names that .NET cannot carry; they are recorded with the run.</summary>
    public IReadOnlyList<BackupFault> SourceFaults { get; init; } = [];
}
