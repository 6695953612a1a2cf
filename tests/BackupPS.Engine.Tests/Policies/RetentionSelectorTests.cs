using BackupPS.Engine.Policies;
using System.Globalization;

namespace BackupPS.Engine.Tests.Policies;

public sealed class RetentionSelectorTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("last keeps the latest snapshots", "last 2", """
        2026-01-01 10:00 -> removed
        2026-01-01 11:00 -> last 2
        2026-01-01 11:01 -> last 1
        """)]
    [InlineData("last 1 keeps one", "last 1", """
        2026-01-01 10:00 -> removed
        2026-01-02 10:00 -> last 1
        """)]
    [InlineData("last with more than there are keeps all", "last 9", """
        2026-01-01 10:00 -> last 3
        2026-01-02 10:00 -> last 2
        2026-01-03 10:00 -> last 1
        """)]
    [InlineData("one snapshot meets every rule", "last 1, hourly 1, daily 1, weekly 1, monthly 1, yearly 1, within 1h", """
        2026-01-01 10:00 -> within 1h, last 1, hourly 1, daily 1, weekly 1, monthly 1, yearly 1
        """)]
    [InlineData("hourly keeps the latest of each hour", "hourly 2", """
        2026-01-01 08:59 -> removed
        2026-01-01 09:00 -> removed
        2026-01-01 09:59 -> hourly 2
        2026-01-01 10:00 -> removed
        2026-01-01 10:30 -> hourly 1
        """)]
    [InlineData("the same hour of two days is two hours", "hourly 2", """
        2026-01-01 10:15 -> hourly 2
        2026-01-02 10:15 -> hourly 1
        """)]
    [InlineData("daily keeps the latest of each day", "daily 2", """
        2026-01-01 23:59 -> removed
        2026-01-02 00:00 -> removed
        2026-01-02 23:59 -> daily 2
        2026-01-03 00:00 -> daily 1
        """)]
    [InlineData("days without snapshots do not count", "daily 3", """
        2025-06-01 10:00 -> removed
        2025-12-01 10:00 -> daily 3
        2026-01-01 10:00 -> daily 2
        2026-01-20 10:00 -> daily 1
        """)]
    [InlineData("the same day of two months is two days", "daily 2", """
        2026-01-05 10:00 -> daily 2
        2026-02-05 10:00 -> daily 1
        """)]
    [InlineData("weekly keeps the latest of each ISO week, from Monday to Sunday", "weekly 2", """
        # Sunday, Monday, Sunday, Monday
        2026-01-11 23:59 -> removed
        2026-01-12 00:00 -> removed
        2026-01-18 23:59 -> weekly 2
        2026-01-19 00:00 -> weekly 1
        """)]
    [InlineData("an ISO week can lie in two years", "weekly 2", """
        # 2026-W53 is 28 December 2026 to 3 January 2027, and 2025-W01 began on 30 December 2024
        2024-12-29 10:00 -> removed
        2024-12-30 10:00 -> removed
        2025-01-05 10:00 -> weekly 2
        2025-01-06 10:00 -> weekly 1
        """)]
    [InlineData("monthly keeps the latest of each month", "monthly 2", """
        2025-12-31 23:59 -> removed
        2026-01-01 00:00 -> removed
        2026-01-31 23:59 -> monthly 2
        2026-02-01 00:00 -> monthly 1
        """)]
    [InlineData("the same month of two years is two months", "monthly 2", """
        2025-03-05 10:00 -> monthly 2
        2026-03-05 10:00 -> monthly 1
        """)]
    [InlineData("yearly keeps the latest of each year", "yearly 2", """
        2024-12-31 23:59 -> removed
        2025-01-01 00:00 -> removed
        2025-12-31 23:59 -> yearly 2
        2026-01-01 00:00 -> yearly 1
        """)]
    [InlineData("with counts left the oldest stays too", "yearly 5", """
        2025-02-01 10:00 -> oldest yearly
        2025-03-01 10:00 -> removed
        2025-12-01 10:00 -> yearly 2
        2026-01-01 10:00 -> yearly 1
        """)]
    [InlineData("with exactly as many periods as counts it does not", "yearly 2", """
        2025-02-01 10:00 -> removed
        2025-12-01 10:00 -> yearly 2
        2026-01-01 10:00 -> yearly 1
        """)]
    [InlineData("an oldest that stays anyway is named once", "yearly 5", """
        2025-12-01 10:00 -> yearly 2
        2026-01-01 10:00 -> yearly 1
        """)]
    [InlineData("several rules each with an oldest", "hourly 3, daily 2, monthly 2", """
        2026-01-01 10:10 -> oldest daily, oldest monthly
        2026-01-01 10:20 -> hourly 3
        2026-01-01 11:10 -> hourly 2
        2026-01-01 12:10 -> hourly 1, daily 1, monthly 1
        """)]
    [InlineData("rules are independent of each other", "last 1, daily 2, weekly 2, monthly 2", """
        2026-01-31 10:00 -> weekly 2, monthly 2
        2026-02-02 10:00 -> removed
        2026-02-03 10:00 -> daily 2
        2026-02-04 10:00 -> removed
        2026-02-04 20:00 -> last 1, daily 1, weekly 1, monthly 1
        """)]
    [InlineData("grandfather, father, son", "daily 3, weekly 2, monthly 3", """
        2025-11-30 10:00 -> monthly 3
        2025-12-28 10:00 -> removed
        2025-12-31 10:00 -> monthly 2
        2026-01-11 10:00 -> removed
        2026-01-18 10:00 -> weekly 2
        2026-01-19 10:00 -> removed
        2026-01-20 10:00 -> daily 3
        2026-01-21 10:00 -> daily 2
        2026-01-22 10:00 -> daily 1, weekly 1, monthly 1
        """)]
    [InlineData("within counts back from the latest snapshot, not from now", "within 7d", """
        2026-01-01 09:59 -> removed
        2026-01-01 10:00 -> removed
        2026-01-01 10:01 -> within 7d
        2026-01-05 10:00 -> within 7d
        2026-01-08 10:00 -> within 7d
        """)]
    [InlineData("within a month is a month of the calendar", "within 1m", """
        2026-02-28 10:00 -> removed
        2026-02-28 10:01 -> within 1m
        2026-03-31 10:00 -> within 1m
        """)]
    [InlineData("within shorter than the gaps keeps the latest", "within 1min", """
        2026-01-01 10:00 -> removed
        2026-01-01 10:01 -> within 1min
        """)]
    [InlineData("within and daily together", "within 2d, daily 3", """
        2026-01-01 10:00 -> removed
        2026-01-02 10:00 -> removed
        2026-01-03 10:00 -> daily 3
        2026-01-04 09:00 -> within 2d
        2026-01-04 10:00 -> within 2d, daily 2
        2026-01-05 10:00 -> within 2d, daily 1
        """)]
    [InlineData("a snapshot from the future does not move what within counts from", "within 2d", """
        2026-01-01 10:00 -> removed
        2026-01-09 10:00 -> within 2d
        2026-01-10 10:00 -> within 2d
        2099-01-01 10:00 -> in the future
        """)]
    [InlineData("with nothing but the future all stays", "within 2d, last 1, daily 1", """
        2098-01-01 10:00 -> in the future
        2099-01-01 10:00 -> in the future
        """)]
    [InlineData("snapshots of a clock that was ahead do not crowd out those of today", "last 2, daily 1", """
        2026-01-01 10:00 -> removed
        2026-01-02 10:00 -> last 2
        2026-01-03 10:00 -> last 1, daily 1
        2099-01-01 10:00 -> in the future
        2099-01-02 10:00 -> in the future
        """)]
    [InlineData("a complete snapshot from the future is no reason to lose the latest complete one of today", "last 1", """
        2026-01-02 10:00   -> latest complete
        2026-01-03 10:00 ! -> last 1
        2099-01-01 10:00   -> in the future
        """)]
    [InlineData("a hold keeps what the rules would not", "last 1", """
        2026-01-01 10:00 H -> hold
        2026-01-02 10:00   -> removed
        2026-01-03 10:00   -> last 1
        """)]
    [InlineData("a hold uses no slot and frees none", "last 2", """
        2026-01-01 10:00   -> removed
        2026-01-02 10:00 H -> hold, last 2
        2026-01-03 10:00 H -> hold, last 1
        """)]
    [InlineData("a held snapshot that is not the latest of its day", "daily 2", """
        2026-01-01 10:00   -> removed
        2026-01-02 10:00 H -> hold
        2026-01-02 11:00   -> daily 2
        2026-01-03 10:00   -> daily 1
        """)]
    [InlineData("the latest of a day is incomplete: the latest complete one stays as well", "daily 2", """
        2026-01-01 10:00   -> removed
        2026-01-02 09:00   -> removed
        2026-01-02 10:00   -> daily 2 complete
        2026-01-02 11:00 ! -> removed
        2026-01-02 12:00 ! -> daily 2
        2026-01-03 10:00   -> daily 1
        """)]
    [InlineData("an incomplete one before a complete one of its day goes", "daily 1", """
        2026-01-03 10:00 ! -> removed
        2026-01-03 11:00   -> daily 1
        """)]
    [InlineData("a day with nothing but incomplete ones uses its slot", "daily 2", """
        2026-01-01 10:00   -> removed
        2026-01-02 10:00 ! -> daily 2
        2026-01-03 10:00   -> daily 1
        """)]
    [InlineData("many incomplete days never push out the latest complete one", "daily 2", """
        2026-01-01 10:00   -> removed
        2026-01-02 10:00   -> latest complete
        2026-01-03 10:00 ! -> removed
        2026-01-04 10:00 ! -> daily 2
        2026-01-05 10:00 ! -> daily 1
        """)]
    [InlineData("nor does last", "last 1", """
        2026-01-01 10:00   -> latest complete
        2026-01-02 10:00 ! -> last 1
        """)]
    [InlineData("nor does within", "within 1d", """
        2026-01-01 10:00   -> latest complete
        2026-01-05 10:00 ! -> within 1d
        """)]
    [InlineData("nothing is complete", "last 1", """
        2026-01-01 10:00 ! -> removed
        2026-01-02 10:00 ! -> last 1
        """)]
    [InlineData("the complete one of a day is also the oldest", "daily 3", """
        2026-01-02 10:00   -> daily 2 complete
        2026-01-02 11:00 ! -> daily 2
        2026-01-03 10:00   -> daily 1
        """)]
    [InlineData("of the same instant the higher sequence is later", "last 1, daily 1", """
        2026-01-02 10:00 -> removed
        2026-01-02 10:00 -> last 1, daily 1
        """)]
    public void In_UTC(string story, string rules, string table) => Check(story, rules, "", table);

    [Theory]
    [InlineData("days begin at midnight of the zone", "Europe/Berlin", "daily 2", """
        2026-01-01 22:59 -> removed
        2026-01-02 22:59 -> daily 2
        2026-01-02 23:00 -> daily 1
        """)]
    [InlineData("the same in UTC", "", "daily 2", """
        2026-01-01 22:59 -> daily 2
        2026-01-02 22:59 -> removed
        2026-01-02 23:00 -> daily 1
        """)]
    [InlineData("a Windows id", "W. Europe Standard Time", "daily 2", """
        2026-01-01 22:59 -> removed
        2026-01-02 22:59 -> daily 2
        2026-01-02 23:00 -> daily 1
        """)]
    [InlineData("weeks begin on Monday of the zone", "America/New_York", "weekly 2", """
        # Monday, 19 January, 00:00 in New York is 05:00 UTC
        2026-01-12 04:59 -> removed
        2026-01-19 04:59 -> weekly 2
        2026-01-19 05:00 -> weekly 1
        """)]
    [InlineData("months and years too", "America/New_York", "monthly 2, yearly 2", """
        2025-12-01 04:59 -> removed
        2026-01-01 04:59 -> monthly 2, yearly 2
        2026-01-01 05:00 -> monthly 1, yearly 1
        """)]
    [InlineData("the hour that Berlin lives twice is two hours", "Europe/Berlin", "hourly 4", """
        2026-10-25 01:30+02:00 -> hourly 4
        2026-10-25 02:10+02:00 -> removed
        2026-10-25 02:30+02:00 -> hourly 3
        2026-10-25 02:10+01:00 -> removed
        2026-10-25 02:30+01:00 -> hourly 2
        2026-10-25 03:30+01:00 -> hourly 1
        """)]
    [InlineData("it is one day", "Europe/Berlin", "daily 2", """
        2026-10-24 23:59+02:00 -> daily 2
        2026-10-25 00:00+02:00 -> removed
        2026-10-25 02:30+02:00 -> removed
        2026-10-25 02:30+01:00 -> removed
        2026-10-25 23:59+01:00 -> daily 1
        """)]
    [InlineData("the hour that Berlin skips is none", "Europe/Berlin", "hourly 2", """
        2026-03-29 01:10+01:00 -> removed
        2026-03-29 01:59+01:00 -> hourly 2
        2026-03-29 03:00+02:00 -> removed
        2026-03-29 03:10+02:00 -> hourly 1
        """)]
    [InlineData("the day of 23 hours is one day", "Europe/Berlin", "daily 2", """
        2026-03-28 23:59+01:00 -> daily 2
        2026-03-29 00:00+01:00 -> removed
        2026-03-29 23:59+02:00 -> daily 1
        """)]
    [InlineData("the hour that New York lives twice is two hours", "America/New_York", "hourly 3", """
        2026-11-01 00:30-04:00 -> removed
        2026-11-01 01:30-04:00 -> hourly 3
        2026-11-01 01:15-05:00 -> removed
        2026-11-01 01:30-05:00 -> hourly 2
        2026-11-01 02:30-05:00 -> hourly 1
        """)]
    [InlineData("the hour that New York skips is none", "America/New_York", "hourly 2", """
        2026-03-08 00:59-05:00 -> removed
        2026-03-08 01:59-05:00 -> hourly 2
        2026-03-08 03:00-04:00 -> hourly 1
        """)]
    [InlineData("Lord Howe lives half an hour twice", "Australia/Lord_Howe", "hourly 3", """
        2026-04-05 00:45+11:00 -> removed
        2026-04-05 01:10+11:00 -> removed
        2026-04-05 01:45+11:00 -> hourly 3
        2026-04-05 01:30+10:30 -> removed
        2026-04-05 01:45+10:30 -> hourly 2
        2026-04-05 02:00+10:30 -> hourly 1
        """)]
    [InlineData("and skips half an hour", "Australia/Lord_Howe", "hourly 2", """
        2026-10-04 01:30+10:30 -> removed
        2026-10-04 01:59+10:30 -> hourly 2
        2026-10-04 02:30+11:00 -> removed
        2026-10-04 02:59+11:00 -> hourly 1
        """)]
    [InlineData("the offset is that of the zone, in its days too", "Australia/Lord_Howe", "daily 2", """
        2026-04-04 12:59 -> daily 2
        2026-04-04 13:00 -> removed
        2026-04-05 13:29 -> daily 1
        """)]
    [InlineData("clocks set back over midnight visit a day twice", "America/St_Johns", "daily 2", """
        # 7 November 2010, 00:01 back to 6 November, 23:01
        2010-11-05 23:00-02:30 -> removed
        2010-11-06 22:00-02:30 -> removed
        2010-11-07 00:00-02:30 -> removed
        2010-11-06 23:30-03:30 -> daily 2
        2010-11-07 10:00-03:30 -> daily 1
        """)]
    [InlineData("within a day over the end of summer time is 25 hours", "Europe/Berlin", "within 1d", """
        2026-10-24 12:00+02:00 -> removed
        2026-10-24 12:01+02:00 -> within 1d
        2026-10-25 12:00+01:00 -> within 1d
        """)]
    [InlineData("within 24 hours is 24", "Europe/Berlin", "within 24h", """
        2026-10-24 12:59+02:00 -> removed
        2026-10-24 13:01+02:00 -> within 24h
        2026-10-25 12:00+01:00 -> within 24h
        """)]
    [InlineData("within a day in a zone that skipped one", "Pacific/Apia", "within 1d", """
        2011-12-29 09:00-10:00 -> removed
        2011-12-29 11:00-10:00 -> within 1d
        2011-12-31 10:00+14:00 -> within 1d
        """)]
    public void In_the_zone_of_the_policy(string story, string zone, string rules, string table) => Check(story, rules, zone, table);

    [Fact]
    public void Decisions_carry_the_snapshot_and_come_oldest_first()
    {
        var table = new RetentionTable("""
            2026-01-02 10:00 -> last 1
            2026-01-01 10:00 -> removed
            """);
        IReadOnlyList<RetentionDecision> decisions = Select(table.Snapshots, "last 1");
        Assert.Equal(table.Snapshots[1].SnapshotId, decisions[0].SnapshotId);
        Assert.Equal(table.Snapshots[0].SnapshotId, decisions[1].SnapshotId);
        Assert.Equal("vault", decisions[1].Repository);
        Assert.Equal("web", decisions[1].PolicyName);
        Assert.Equal(table.Snapshots[0].Time, decisions[1].Time);
        Assert.Equal("Keep", decisions[1].Action);
        Assert.Equal("Remove", decisions[0].Action);
    }

    [Fact]
    public void No_rule_at_all_is_refused_even_with_holds()
    {
        var table = new RetentionTable("2026-01-01 10:00 H -> hold");
        Assert.Same(BackupError.RetentionRuleMissing, Assert.Throws<BackupException>(() => Select(table.Snapshots, "")).Error);
        Assert.Same(BackupError.RetentionRuleMissing, Assert.Throws<BackupException>(() => Select([], "")).Error);
    }

    [Fact]
    public void No_snapshots_give_no_decisions() => Assert.Empty(Select([], "last 1"));

    [Fact]
    public void A_result_that_keeps_nothing_is_refused()
    {
        RetentionDecision goes = new() { HostName = "h", SnapshotId = "1", Repository = "vault", PolicyName = "web", Time = default, Action = "Remove" };
        RetentionDecision stays = new() { HostName = "h", SnapshotId = "2", Repository = "vault", PolicyName = "web", Time = default, Action = "Keep" };
        RetentionSelector.RefuseToRemoveAll([]);
        RetentionSelector.RefuseToRemoveAll([goes, stays]);
        var error = Assert.Throws<BackupException>(() => RetentionSelector.RefuseToRemoveAll([goes, goes]));
        Assert.Same(BackupError.RetentionWouldRemoveAll, error.Error);
        Assert.Equal("web", error.Target);
    }

    [Fact]
    public void Any_rules_on_any_timeline_keep_what_must_be_kept()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] zones = ["", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"];
        for (int round = 0; round < 400; round++)
        {
            List<BackupSnapshot> snapshots = RandomTimeline(random);
            TimeZoneInfo zone = PolicyTimeZone.Find(zones[random.Next(zones.Length)]);
            RetentionRules rules = RandomRules(random);
            string context = $"seed {seed}, round {round}: {rules} in {zone.Id}";

            HashSet<string> kept = Kept(RetentionSelector.Select(snapshots, rules, zone, Now));
            BackupSnapshot newest = snapshots.MaxBy(snapshot => (snapshot.Time, snapshot.Sequence))!;
            Assert.True(kept.Contains(newest.SnapshotId), context + " loses the newest");
            BackupSnapshot? complete = snapshots.Where(snapshot => snapshot.Status == "Complete").MaxBy(snapshot => (snapshot.Time, snapshot.Sequence));
            Assert.True(complete is null || kept.Contains(complete.SnapshotId), context + " loses the newest complete one");
            Assert.True(snapshots.Where(snapshot => snapshot.Hold).All(snapshot => kept.Contains(snapshot.SnapshotId)), context + " loses a held one");

            foreach (RetentionRules more in Raised(rules, random))
                Assert.True(kept.IsSubsetOf(Kept(RetentionSelector.Select(snapshots, more, zone, Now))), $"{context}: {more} loses some");

            BackupSnapshot[] shuffled = [.. snapshots];
            random.Shuffle(shuffled);
            Assert.Equal(Text(RetentionSelector.Select(snapshots, rules, zone, Now)), Text(RetentionSelector.Select(shuffled, rules, zone, Now)));

            // What was kept is kept again: a second run right after the first is quiet.
            List<BackupSnapshot> rest = [.. snapshots.Where(snapshot => kept.Contains(snapshot.SnapshotId))];
            Assert.Equal(kept, Kept(RetentionSelector.Select(rest, rules, zone, Now)));
        }
    }

    private static void Check(string story, string rules, string zone, string text)
    {
        var table = new RetentionTable(text);
        IReadOnlyList<RetentionDecision> decisions = RetentionSelector.Select(table.Snapshots, RetentionTable.Rules(rules), PolicyTimeZone.Find(zone), Now);
        Assert.True(table.Expected == table.With(decisions), $"{story} ({rules}, {zone})\nexpected:\n{table.Expected}\nactual:\n{table.With(decisions)}");
    }

    private static IReadOnlyList<RetentionDecision> Select(IReadOnlyList<BackupSnapshot> snapshots, string rules) =>
        RetentionSelector.Select(snapshots, RetentionTable.Rules(rules), TimeZoneInfo.Utc, Now);

    private static HashSet<string> Kept(IReadOnlyList<RetentionDecision> decisions) =>
        [.. decisions.Where(decision => decision.Action == "Keep").Select(decision => decision.SnapshotId)];

    private static string Text(IReadOnlyList<RetentionDecision> decisions) =>
        string.Join('\n', decisions.Select(decision => $"{decision.SnapshotId} {decision.Action} {string.Join(", ", decision.Reason)}"));

    private static IEnumerable<RetentionRules> Raised(RetentionRules rules, Random random)
    {
        int by = random.Next(1, 4);
        yield return rules with { KeepLast = rules.KeepLast + by };
        yield return rules with { KeepHourly = rules.KeepHourly + by };
        yield return rules with { KeepDaily = rules.KeepDaily + by };
        yield return rules with { KeepWeekly = rules.KeepWeekly + by };
        yield return rules with { KeepMonthly = rules.KeepMonthly + by };
        yield return rules with { KeepYearly = rules.KeepYearly + by };
        yield return rules with { KeepWithin = Duration.Parse("50y") };
    }

    private static RetentionRules RandomRules(Random random)
    {
        int Count() => random.Next(3) == 0 ? random.Next(1, 8) : 0;
        RetentionRules rules = new()
        {
            KeepLast = Count(),
            KeepHourly = Count(),
            KeepDaily = Count(),
            KeepWeekly = Count(),
            KeepMonthly = Count(),
            KeepYearly = Count(),
            KeepWithin = random.Next(4) == 0 ? Duration.Parse(new[] { "30min", "12h", "3d", "2w", "1m", "1y" }[random.Next(6)]) : default,
        };
        return rules.IsEmpty ? rules with { KeepDaily = 1 } : rules;
    }

    private static List<BackupSnapshot> RandomTimeline(Random random)
    {
        int stepMinutes = new[] { 7, 45, 400, 3000, 20_000 }[random.Next(5)];
        DateTime time = new DateTime(2005, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(12 * 525_960));
        var snapshots = new List<BackupSnapshot>();
        int count = random.Next(1, 60);
        for (int i = 1; i <= count; i++)
        {
            time = time.AddMinutes(random.Next(stepMinutes));
            snapshots.Add(new BackupSnapshot
            {
                SnapshotId = i.ToString("x32", CultureInfo.InvariantCulture),
                Repository = "vault",
                RepositoryId = "r",
                PolicyName = "web",
                Time = time,
                Type = "Full",
                Status = random.Next(4) == 0 ? "Incomplete" : "Complete",
                Hold = random.Next(10) == 0,
                HostName = "h",
                HostId = "h",
                Sequence = i,
            });
        }

        return snapshots;
    }
}
