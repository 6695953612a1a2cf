using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// Histories in which objects disappear and come back while others write, optimize and remove. Whatever was missing when: nothing is deleted that its return needs;
/// when all is back, all goes on; and what is lost for good is given up by name, and costs nothing else.
/// </summary>
internal static class DisturbedHistory
{
    private const string Letters = "abcdef";

    /// <summary>Runs one history.</summary>
    public static ProtocolSimulation Run(int seed, ProtocolRule broken)
    {
        var plan = new Random(seed ^ 0xd157);
        var simulation = new ProtocolSimulation(seed, broken) { IsDisturbed = true };
        SimulatedMemory[] memories = plan.Next(2) == 0 ? [new()] : [new(), new()];
        for (int i = 2 + plan.Next(3); i > 0; i--)
        {
            simulation.Add(ActorKind.Writer, Writer().RunAsync);
            simulation.Run(sticky: 1);
        }

        if (plan.Next(2) == 0)
        {
            simulation.Add(ActorKind.Remover, new RemoveActor(simulation).RunAsync);
            simulation.Run(sticky: 1);
        }

        // Each host has looked once.
        foreach (SimulatedMemory memory in memories)
        {
            if (plan.Next(2) == 0) continue;
            simulation.Add(ActorKind.Pruner, new OptimizeActor(simulation, memory, 50, fence: false).RunAsync);
            simulation.Run(sticky: 1);
        }

        for (int i = 1 + plan.Next(2); i > 0; i--) simulation.AddDisturber(memories, times: 2 + plan.Next(12), startsAt: plan.Next(100));
        for (int i = plan.Next(3); i > 0; i--) Add(ActorKind.Writer, Writer().RunAsync);
        for (int i = 1 + plan.Next(3); i > 0; i--) Add(ActorKind.Pruner, new OptimizeActor(simulation, memories[plan.Next(memories.Length)], plan.Next(2) == 0 ? 0 : 50, fence: plan.Next(100) < 60).RunAsync);
        for (int i = plan.Next(3); i > 0; i--) Add(ActorKind.Remover, new RemoveActor(simulation).RunAsync);
        if (plan.Next(3) == 0) Add(ActorKind.Tagger, new TagActor(simulation).RunAsync);
        simulation.Run(sticky: plan.Next(3) switch { 0 => 0.5, 1 => 0.85, _ => 0.95 });
        if (simulation.Violation is not null) return simulation;
        simulation.KillAll();

        // Some snapshots never come back, all else does.
        var lost = new List<string>();
        foreach (string name in simulation.HiddenNames.ToList())
        {
            if (name.StartsWith(RepositoryLayout.Snapshots, StringComparison.Ordinal) && plan.Next(3) == 0)
            {
                simulation.Lose(name);
                lost.Add(RepositoryLayout.LastSegment(name));
            }
            else
            {
                simulation.BringBack(name);
            }
        }

        simulation.IsDisturbed = false;
        History.End(simulation, memories[0], lost);
        return simulation;

        BackupActor Writer()
        {
            string letters = string.Concat(Letters.Where(_ => plan.Next(100) < 45));
            return new BackupActor(simulation, letters.Length == 0 ? "f" : letters, useParent: plan.Next(100) < 40, inTwoSteps: plan.Next(100) < 40) { Memory = memories[plan.Next(memories.Length)] };
        }

        void Add(ActorKind actor, Func<Repository, Task> work) => simulation.Add(actor, work, startsAt: plan.Next(100) < 40 ? 0 : plan.Next(200),
            pausesAfter: plan.Next(100) < 45 ? 1 + plan.Next(60) : 0, pause: plan.Next(4) switch { 0 => 30, 1 => 100, 2 => 300, _ => 800 }, diesAt: plan.Next(100) < 15 ? 1 + plan.Next(60) : 0);
    }
}
