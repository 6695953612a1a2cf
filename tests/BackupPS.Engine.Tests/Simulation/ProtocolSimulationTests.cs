using System.Globalization;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>DESIGN section 6 under every order of events that a seed can think of, with the program's own code.</summary>
public sealed class ProtocolSimulationTests
{
    // BACKUPPS_SIMULATION_SEEDS=1000000 runs so many, BACKUPPS_SIMULATION_FROM=5 begins with that one: a failure names its seed.
    // BACKUPPS_SIMULATION_BREAK=RetiredLast breaks a rule, and looks for a history that shows what it is for.
    private const string SeedsVariable = "BACKUPPS_SIMULATION_SEEDS", FromVariable = "BACKUPPS_SIMULATION_FROM", BreakVariable = "BACKUPPS_SIMULATION_BREAK";
    private const int UsualSeeds = 10_000;

    // Of the histories that are directed at a rule there are so many fewer, of each rule.
    private const int FewerDirected = 160;

    // Of those in which objects are hidden, too: they are twice as long.
    private const int FewerDisturbed = 4;

    [Fact]
    public void Nothing_is_lost_whatever_the_order_of_events() => FailIfLost(History.Run, Number(SeedsVariable, UsualSeeds));

    [Fact]
    public void Nothing_is_deleted_that_the_return_of_a_missing_object_needs() => FailIfLost(DisturbedHistory.Run, Number(SeedsVariable, UsualSeeds) / FewerDisturbed);

    [Theory]
    [InlineData(nameof(ProtocolRule.RetiredLast))]
    [InlineData(nameof(ProtocolRule.RetiredListedAgain))]
    [InlineData(nameof(ProtocolRule.DecisionOnce))]
    [InlineData(nameof(ProtocolRule.DecisionsBind))]
    [InlineData(nameof(ProtocolRule.MarkFirst))]
    [InlineData(nameof(ProtocolRule.MarkChecked))]
    [InlineData(nameof(ProtocolRule.MarksLast))]
    [InlineData(nameof(ProtocolRule.AnnouncedUnderMark))]
    [InlineData(nameof(ProtocolRule.TombstoneForStanding))]
    [InlineData(nameof(ProtocolRule.MissingStops))]
    [InlineData(nameof(ProtocolRule.EveryCopyStays))]
    public void Nothing_is_lost_where_all_leads_to_what_a_rule_is_for(string rule) => FailIfLost(DirectedAt(rule), Number(SeedsVariable, UsualSeeds) / FewerDirected);

    [Fact]
    public void A_seed_gives_the_same_history_again()
    {
        CheckSame(History.Run, 100);
        CheckSame(DisturbedHistory.Run, 20);
        foreach (ProtocolRule rule in DirectedHistory.Rules) CheckSame(DirectedAt(rule.ToString()), 10);
    }

    private static void CheckSame(Func<int, ProtocolRule, ProtocolSimulation> run, int count)
    {
        for (int seed = 0; seed < count; seed++)
        {
            string[] one = run(seed, ProtocolRule.None).Trace.Split('\n'), other = run(seed, ProtocolRule.None).Trace.Split('\n');
            int same = one.Zip(other).TakeWhile(static pair => pair.First == pair.Second).Count();
            if (same < one.Length || same < other.Length) Assert.Fail($"Seed {seed} has two histories after\n{string.Join('\n', one.Take(same).TakeLast(30))}\nwhich go on\n{one.ElementAtOrDefault(same)}\n{other.ElementAtOrDefault(same)}");
        }
    }

    // A history in which something is lost when one rule, and no other, is broken.
    [Theory]
    [InlineData(nameof(ProtocolRule.SessionFirst), 3)]
    [InlineData(nameof(ProtocolRule.ParentChecked), 703)]
    [InlineData(nameof(ProtocolRule.AnnouncedFirst), 2252)]
    [InlineData(nameof(ProtocolRule.SnapshotsListedAgain), 5)]
    [InlineData(nameof(ProtocolRule.OthersRetiredAbsent), 450)]
    [InlineData(nameof(ProtocolRule.TombstonesStay), 55)]
    [InlineData(nameof(ProtocolRule.SessionStaysInDoubt), 1074)]
    [InlineData(nameof(ProtocolRule.IndexDeletesWhatWasRead), 8751)]
    [InlineData(nameof(ProtocolRule.OnlyAnnouncedGo), 17)]
    [InlineData(nameof(ProtocolRule.ReaderReloads), 5)]
    [InlineData(nameof(ProtocolRule.SnapshotsNeverMove), 3261)]
    public void A_rule_that_is_broken_loses_data(string rule, int seed) => FailUnlessLost(History.Run, rule, seed);

    // The same for those that take a rare chain of events: the model of the protocol met them once in ten thousand to once in four hundred thousand histories.
    [Theory]
    [InlineData(nameof(ProtocolRule.RetiredLast), 0)]
    [InlineData(nameof(ProtocolRule.RetiredListedAgain), 0)]
    [InlineData(nameof(ProtocolRule.DecisionOnce), 0)]
    [InlineData(nameof(ProtocolRule.DecisionsBind), 0)]
    [InlineData(nameof(ProtocolRule.MarkFirst), 0)]
    [InlineData(nameof(ProtocolRule.MarkChecked), 0)]
    [InlineData(nameof(ProtocolRule.MarksLast), 0)]
    [InlineData(nameof(ProtocolRule.AnnouncedUnderMark), 0)]
    [InlineData(nameof(ProtocolRule.TombstoneForStanding), 0)]
    [InlineData(nameof(ProtocolRule.MissingStops), 797)]
    [InlineData(nameof(ProtocolRule.EveryCopyStays), 0)]
    public void A_rule_that_is_broken_where_all_leads_to_it_loses_data(string rule, int seed) => FailUnlessLost(DirectedAt(rule), rule, seed);

    // Every rule, but none at all, has its history.
    [Fact]
    public void Each_rule_is_broken_in_some_history()
    {
        string[] shown = [.. new[] { nameof(A_rule_that_is_broken_loses_data), nameof(A_rule_that_is_broken_where_all_leads_to_it_loses_data) }
            .SelectMany(static name => typeof(ProtocolSimulationTests).GetMethod(name)!.GetCustomAttributesData())
            .Where(static data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(static data => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!)[0].Value!)];
        Assert.Equal(Enum.GetNames<ProtocolRule>().Where(static rule => rule != nameof(ProtocolRule.None)).Order(), shown.Order());
    }

    private static Func<int, ProtocolRule, ProtocolSimulation> DirectedAt(string rule)
    {
        var at = Enum.Parse<ProtocolRule>(rule);
        return (seed, broken) => DirectedHistory.Run(at, seed, broken);
    }

    private static void FailIfLost(Func<int, ProtocolRule, ProtocolSimulation> run, int count)
    {
        ProtocolRule broken = Enum.TryParse(Environment.GetEnvironmentVariable(BreakVariable), out ProtocolRule rule) ? rule : ProtocolRule.None;
        if (FindViolation(run, broken, Number(FromVariable, 0), count) is not { } seed) return;
        ProtocolSimulation simulation = run(seed, broken);
        Assert.Fail($"Seed {seed}: {simulation.Violation}\n{simulation.Trace}");
    }

    private static void FailUnlessLost(Func<int, ProtocolRule, ProtocolSimulation> run, string rule, int seed)
    {
        var broken = Enum.Parse<ProtocolRule>(rule);
        if (run(seed, broken).IsLoss && run(seed, ProtocolRule.None).Violation is null) return;
        Assert.Fail($"Seed {seed} no longer shows what {broken} is for. The first that does: {FindViolation(run, broken, 0, Number(SeedsVariable, UsualSeeds))}.");
    }

    // On threads of their own: they wait for what the pool's threads hand over.
    private static int? FindViolation(Func<int, ProtocolRule, ProtocolSimulation> run, ProtocolRule broken, int first, int count)
    {
        int next = first - 1, found = int.MaxValue;
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            for (int seed = Interlocked.Increment(ref next); seed < first + count && Volatile.Read(ref found) == int.MaxValue; seed = Interlocked.Increment(ref next))
            {
                ProtocolSimulation simulation = run(seed, broken);
                if (broken == ProtocolRule.None ? simulation.Violation is not null : simulation.IsLoss) Interlocked.CompareExchange(ref found, seed, int.MaxValue);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        return found == int.MaxValue ? null : found;
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
