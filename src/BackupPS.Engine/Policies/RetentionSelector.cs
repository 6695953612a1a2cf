using System.Globalization;

namespace BackupPS.Engine.Policies;

/// <summary>
/// Decides which snapshots of one policy stay. The semantics are those of restic's <c>forget</c> (internal/data/snapshot_policy.go, 0.19):
/// <list type="bullet">
/// <item>Each rule is applied by itself; a snapshot stays when one rule keeps it.</item>
/// <item>A rule for periods keeps the latest snapshot of each of the latest N periods that have snapshots; periods without any do not count.</item>
/// <item>While such a rule has counts left, the oldest snapshot stays too (<c>oldest yearly</c>), so that the history is as long as it can be.</item>
/// <item>KeepWithin counts back from the latest snapshot, not from now: a host that was off for a month loses nothing. A snapshot exactly so old goes.</item>
/// <item>A snapshot from the future comes from a clock that was wrong, then or now. It stays (<c>in the future</c>), and the rules do not see it: it
/// would otherwise be the latest for as long as the clock was ahead, and every backup made since would go at once.</item>
/// <item>A hold, like restic's tags to keep, keeps its snapshot and has no effect on any other: the rules count a held snapshot as if it were not
/// held, so setting or releasing a hold never changes what becomes of the rest.</item>
/// </list>
/// Beyond restic, an Incomplete snapshot never displaces a Complete one: it counts like any other, but where the latest of a period is Incomplete, the
/// latest Complete one of that period stays as well (<c>daily 2 complete</c>), and the latest Complete one of all always stays (<c>latest complete</c>). So does the latest one that was
/// verified whole (<c>latest verified</c>).
/// Periods are found by name, not by neighbourhood as in restic, since clocks that are set back over midnight (Newfoundland until 2011) visit a day twice.
/// </summary>
internal static class RetentionSelector
{
    /// <summary>Applies the rules.</summary>
    /// <param name="snapshots">Snapshots of one policy and host, in any order.</param>
    /// <param name="rules">The rules.</param>
    /// <param name="zone">Where hours, days, weeks, months and years begin.</param>
    /// <param name="now">The present: snapshots after it come from a clock that was wrong.</param>
    /// <param name="isVerified">Whether a snapshot was verified whole; <see langword="null"/>: none was.</param>
    /// <returns>One decision for each snapshot, oldest first; of two of the same time, in order of sequence and then id.</returns>
    /// <exception cref="BackupException"><see cref="BackupError.RetentionRuleMissing"/>: every rule is off. <see cref="BackupError.RetentionWouldRemoveAll"/>: nothing would stay.</exception>
    public static IReadOnlyList<RetentionDecision> Select(IReadOnlyList<BackupSnapshot> snapshots, RetentionRules rules, TimeZoneInfo zone, DateTimeOffset now, Func<BackupSnapshot, bool>? isVerified = null)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(zone);
        if (rules.IsEmpty) throw new BackupException(BackupError.RetentionRuleMissing, "The policy has no retention rule, so nothing says which snapshots may go.", snapshots.Count == 0 ? null : snapshots[0].PolicyName);
        if (snapshots.Count == 0) return [];

        RetentionCandidate[] newestFirst = [.. snapshots
            .Select(snapshot => new RetentionCandidate(snapshot, zone))
            .OrderByDescending(candidate => candidate.Local)
            .ThenByDescending(candidate => candidate.Snapshot.Sequence)
            .ThenByDescending(candidate => candidate.Snapshot.SnapshotId, StringComparer.Ordinal)];

        KeepHeld(newestFirst);
        KeepFuture(newestFirst, now);
        RetentionCandidate[] past = [.. newestFirst.Where(candidate => candidate.Local <= now)];
        KeepWithin(past, rules.KeepWithin, zone);
        KeepLast(past, rules.KeepLast);
        KeepPeriods(past, rules.KeepHourly, "hourly", RetentionPeriod.Hour);
        KeepPeriods(past, rules.KeepDaily, "daily", RetentionPeriod.Day);
        KeepPeriods(past, rules.KeepWeekly, "weekly", RetentionPeriod.Week);
        KeepPeriods(past, rules.KeepMonthly, "monthly", RetentionPeriod.Month);
        KeepPeriods(past, rules.KeepYearly, "yearly", RetentionPeriod.Year);
        KeepLatestComplete(past);
        KeepLatestVerified(past, isVerified);

        RetentionDecision[] oldestFirst = [.. newestFirst.Reverse().Select(candidate => candidate.Decide())];
        RefuseToRemoveAll(oldestFirst);
        return oldestFirst;
    }

    /// <summary>
    /// The last line of defence. No set of rules is known to get here, since each that is on keeps the latest snapshot; a mistake
    /// in this class must not be what empties a repository.
    /// </summary>
    internal static void RefuseToRemoveAll(IReadOnlyList<RetentionDecision> decisions)
    {
        if (decisions.Count > 0 && decisions.All(decision => decision.Action != "Keep"))
            throw new BackupException(BackupError.RetentionWouldRemoveAll, $"The rules would remove all {decisions.Count} snapshots of the policy.", decisions[0].PolicyName);
    }

    // Whatever is wrong with those after it: that one is known to come back.
    private static void KeepLatestVerified(RetentionCandidate[] newestFirst, Func<BackupSnapshot, bool>? isVerified)
    {
        if (isVerified is not null) Array.Find(newestFirst, candidate => isVerified(candidate.Snapshot))?.Reasons.Add("latest verified");
    }

    private static void KeepHeld(RetentionCandidate[] newestFirst)
    {
        foreach (RetentionCandidate candidate in newestFirst)
        {
            if (candidate.Snapshot.Hold) candidate.Reasons.Add("hold");
        }
    }

    private static void KeepFuture(RetentionCandidate[] newestFirst, DateTimeOffset now)
    {
        foreach (RetentionCandidate candidate in newestFirst)
        {
            if (candidate.Local > now) candidate.Reasons.Add("in the future");
        }
    }

    private static void KeepWithin(RetentionCandidate[] newestFirst, Duration within, TimeZoneInfo zone)
    {
        if (within == default || newestFirst.Length == 0) return;
        DateTimeOffset start = within.SubtractFrom(newestFirst[0].Local, zone);
        foreach (RetentionCandidate candidate in newestFirst)
        {
            if (candidate.Local > start) candidate.Reasons.Add($"within {within}");
        }
    }

    private static void KeepLast(RetentionCandidate[] newestFirst, int count)
    {
        for (int i = 0; i < newestFirst.Length && i < count; i++) newestFirst[i].Reasons.Add(Numbered("last", i + 1));
    }

    private static void KeepPeriods(RetentionCandidate[] newestFirst, int count, string rule, Func<DateTimeOffset, string> periodOf)
    {
        if (count == 0 || newestFirst.Length == 0) return;
        IGrouping<string, RetentionCandidate>[] periods = [.. newestFirst.GroupBy(candidate => periodOf(candidate.Local), StringComparer.Ordinal)];
        for (int i = 0; i < periods.Length && i < count; i++)
        {
            RetentionCandidate latest = periods[i].First();
            latest.Reasons.Add(Numbered(rule, i + 1));
            RetentionCandidate? complete = periods[i].FirstOrDefault(candidate => candidate.IsComplete);
            if (complete is not null && complete != latest) complete.Reasons.Add(Numbered(rule, i + 1) + " complete");
        }

        RetentionCandidate oldest = newestFirst[^1];
        if (periods.Length < count && !oldest.Reasons.Any(reason => reason.StartsWith(rule, StringComparison.Ordinal))) oldest.Reasons.Add("oldest " + rule);
    }

    private static void KeepLatestComplete(RetentionCandidate[] newestFirst)
    {
        RetentionCandidate? complete = Array.Find(newestFirst, candidate => candidate.IsComplete);
        if (complete is { Reasons.Count: 0 }) complete.Reasons.Add("latest complete");
    }

    private static string Numbered(string rule, int number) => string.Create(CultureInfo.InvariantCulture, $"{rule} {number}");
}
