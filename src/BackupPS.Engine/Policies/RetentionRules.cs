namespace BackupPS.Engine.Policies;

/// <summary>How long snapshots are kept. A rule that is 0 is off.</summary>
internal sealed record RetentionRules
{
    /// <summary>How many of the latest snapshots are kept.</summary>
    public int KeepLast { get; init => field = NotNegative(value, nameof(KeepLast)); }

    /// <summary>For how many hours with snapshots the latest one is kept.</summary>
    public int KeepHourly { get; init => field = NotNegative(value, nameof(KeepHourly)); }

    /// <summary>For how many days with snapshots the latest one is kept.</summary>
    public int KeepDaily { get; init => field = NotNegative(value, nameof(KeepDaily)); }

    /// <summary>For how many ISO weeks with snapshots the latest one is kept.</summary>
    public int KeepWeekly { get; init => field = NotNegative(value, nameof(KeepWeekly)); }

    /// <summary>For how many months with snapshots the latest one is kept.</summary>
    public int KeepMonthly { get; init => field = NotNegative(value, nameof(KeepMonthly)); }

    /// <summary>For how many years with snapshots the latest one is kept.</summary>
    public int KeepYearly { get; init => field = NotNegative(value, nameof(KeepYearly)); }

    /// <summary>Every snapshot younger than this, counted back from the latest, is kept; the default value: the rule is off.</summary>
    public Duration KeepWithin { get; init; }

    /// <summary>Whether every rule is off.</summary>
    public bool IsEmpty => this == new RetentionRules();

    /// <summary>The rules of a policy.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/>: a count is negative. <see cref="BackupError.InvalidDuration"/>: KeepWithin is no duration.</exception>
    public static RetentionRules From(BackupPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new RetentionRules
        {
            KeepLast = policy.KeepLast,
            KeepHourly = policy.KeepHourly,
            KeepDaily = policy.KeepDaily,
            KeepWeekly = policy.KeepWeekly,
            KeepMonthly = policy.KeepMonthly,
            KeepYearly = policy.KeepYearly,
            KeepWithin = policy.KeepWithin.Length == 0 ? default : Duration.Parse(policy.KeepWithin),
        };
    }

    private static int NotNegative(int count, string rule) => count >= 0
        ? count
        : throw new BackupException(BackupError.InvalidArgument, $"{rule} is {count}; it must be 0 (off) or more.", rule);
}
