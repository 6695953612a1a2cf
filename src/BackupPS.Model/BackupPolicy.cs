namespace BackupPS;

/// <summary>What to save, where to, when, and how long to keep it.</summary>
public sealed class BackupPolicy
{
    /// <summary>Unique on this host, compared without case.</summary>
    public required string PolicyName { get; init; }

    /// <summary>Absolute paths that are saved.</summary>
    public required string[] Source { get; init; }

    /// <summary>The repository's name, or its path where it has none.</summary>
    public required string Repository { get; init; }

    /// <summary>The repository's id: what the policy is really bound to.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Glob patterns; where there is one, only files that match one of them are saved.</summary>
    public string[] Include { get; init; } = [];

    /// <summary>Glob patterns of files and folders that are left out.</summary>
    public string[] Exclude { get; init; } = [];

    /// <summary>Files larger than this many bytes are left out; 0: no limit.</summary>
    public long ExcludeLargerThan { get; init; }

    /// <summary>Whether folders with a valid CACHEDIR.TAG are left out.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>Whether folders on other file systems than their source are left out.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>A Full is due when the latest is older than this duration (<c>7d</c>); empty: only the first is Full.</summary>
    public string FullEvery { get; init; } = "";

    /// <summary>How many of the latest snapshots are kept; 0: the rule is off.</summary>
    public int KeepLast { get; init; }

    /// <summary>For how many hours with snapshots the latest one is kept; 0: the rule is off.</summary>
    public int KeepHourly { get; init; }

    /// <summary>For how many days with snapshots the latest one is kept; 0: the rule is off.</summary>
    public int KeepDaily { get; init; }

    /// <summary>For how many ISO weeks with snapshots the latest one is kept; 0: the rule is off.</summary>
    public int KeepWeekly { get; init; }

    /// <summary>For how many months with snapshots the latest one is kept; 0: the rule is off.</summary>
    public int KeepMonthly { get; init; }

    /// <summary>For how many years with snapshots the latest one is kept; 0: the rule is off.</summary>
    public int KeepYearly { get; init; }

    /// <summary>Every snapshot younger than this duration, counted back from the latest, is kept; empty: the rule is off.</summary>
    public string KeepWithin { get; init; } = "";

    /// <summary>The retention rules in a few words: <c>last 3, daily 7, within 30d</c>; empty: every snapshot is kept.</summary>
    public string Keep => string.Join(", ", Rules());

    /// <summary>IANA or Windows id of the zone in which hours, days, weeks, months and years begin; empty: UTC.</summary>
    public string TimeZone { get; init; } = "";

    /// <summary>Verification after each backup: <c>None</c>, <c>Structure</c> or <c>Data</c>.</summary>
    public string Verify { get; init; } = "None";

    /// <summary>Tags that each snapshot of the policy gets.</summary>
    public string[] Tag { get; init; } = [];

    /// <summary>When the policy was made (UTC).</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When it was last changed (UTC).</summary>
    public DateTimeOffset Modified { get; init; }

    private IEnumerable<string> Rules()
    {
        (string Name, int Count)[] rules =
            [("last", KeepLast), ("hourly", KeepHourly), ("daily", KeepDaily), ("weekly", KeepWeekly), ("monthly", KeepMonthly), ("yearly", KeepYearly)];
        foreach ((string name, int count) in rules)
        {
            if (count > 0) yield return FormattableString.Invariant($"{name} {count}");
        }

        if (KeepWithin.Length > 0) yield return $"within {KeepWithin}";
    }
}
