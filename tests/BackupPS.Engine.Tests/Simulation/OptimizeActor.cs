using BackupPS.Engine.Operations.Optimize;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Optimizes, with the program's own pruner.</summary>
internal sealed class OptimizeActor(ProtocolSimulation simulation, SimulatedMemory memory, double maxUnusedPercent, bool fence)
{
    /// <summary>Snapshots that are given up.</summary>
    public IReadOnlyCollection<string> Abandoned { get; init; } = [];

    public async Task RunAsync(Repository repository)
    {
        var rules = new DecisionRules
        {
            MissingStops = simulation.Broken != ProtocolRule.MissingStops,
            EveryCopyStays = simulation.Broken != ProtocolRule.EveryCopyStays,
            OnlyAnnouncedGo = simulation.Broken != ProtocolRule.OnlyAnnouncedGo,
        };
        var rule = new DeletionRule(repository, simulation.Time, memory, Abandoned);
        await rule.AbandonAsync(CancellationToken.None);
        PruneOutcome outcome = await new Pruner(repository, simulation.Ids, simulation.Time, rule, memory, maxUnusedPercent, fence, RunCallbacks.None, rules).RunAsync(CancellationToken.None);
        simulation.Note($"{outcome.PacksRemoved} packs removed, {outcome.PacksRewritten} rewritten, {outcome.PendingPacks} pending, {outcome.SessionsFenced} sessions fenced");
    }
}
