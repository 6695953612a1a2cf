using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Policies;

/// <summary>Checks a policy before it is stored. Patterns are checked by what compiles them.</summary>
internal static class PolicyValidator
{
    // 100,000 hourly snapshots are eleven years; more is a slip of the finger.
    private const int MaxCount = 100_000;

    /// <summary>Checks everything but patterns and the repository.</summary>
    /// <exception cref="BackupException">
    /// <see cref="BackupError.InvalidArgument"/> or <see cref="BackupError.InvalidDuration"/>, the message naming the field.
    /// </exception>
    public static void Check(BackupPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        RegisteredName.Check(policy.PolicyName, nameof(policy.PolicyName));
        CheckSources(policy.Source);
        CheckDuration(policy.FullEvery, nameof(policy.FullEvery));
        CheckDuration(policy.KeepWithin, nameof(policy.KeepWithin));
        CheckCount(policy.KeepLast, nameof(policy.KeepLast));
        CheckCount(policy.KeepHourly, nameof(policy.KeepHourly));
        CheckCount(policy.KeepDaily, nameof(policy.KeepDaily));
        CheckCount(policy.KeepWeekly, nameof(policy.KeepWeekly));
        CheckCount(policy.KeepMonthly, nameof(policy.KeepMonthly));
        CheckCount(policy.KeepYearly, nameof(policy.KeepYearly));
        _ = PolicyTimeZone.Find(policy.TimeZone);
        if (policy.ExcludeLargerThan < 0) throw Invalid($"{nameof(policy.ExcludeLargerThan)} is {policy.ExcludeLargerThan}; it must be 0 (no limit) or more bytes.", nameof(policy.ExcludeLargerThan));
        if (policy.Verify is not ("None" or "Structure" or "Data")) throw Invalid($"{nameof(policy.Verify)} is '{policy.Verify}'; it must be None, Structure or Data.", nameof(policy.Verify));
    }

    private static void CheckSources(string[] sources)
    {
        if (sources.Length == 0) throw Invalid("Source names no path.", "Source");
        foreach (string source in sources)
        {
            if (string.IsNullOrEmpty(source) || source.Contains('\0', StringComparison.Ordinal) || !Path.IsPathFullyQualified(source))
                throw Invalid($"Source '{PathText.ToDisplay(source ?? "")}' is not an absolute path.", source ?? "");
        }
    }

    private static void CheckDuration(string text, string field)
    {
        if (text.Length == 0 || Duration.TryParse(text, out _)) return;
        throw new BackupException(BackupError.InvalidDuration, $"{field} is '{text}', which is no duration such as 12h, 7d or 2y5m.", text);
    }

    private static void CheckCount(int count, string field)
    {
        if (count is < 0 or > MaxCount) throw Invalid($"{field} is {count}; it must be between 0 (off) and {MaxCount}.", field);
    }

    private static BackupException Invalid(string message, string target) => new(BackupError.InvalidArgument, message, target);
}
