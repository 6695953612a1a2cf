using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// Histories by seed: who works in the repository, when, and what happens to them. Uniform chance hardly ever meets the rare ones, so that some kinds of history
/// are biased: many pruners at once, pruners beside removers and writers, lost answers, of commits above all and with a pause after them, writers that die while they
/// commit, many copies of the same, and retirements that several carry on.
/// </summary>
internal static class History
{
    private const string Letters = "abcdef";

    /// <summary>Runs one history.</summary>
    /// <returns>The simulation at its end: its <see cref="ProtocolSimulation.Violation"/> says what went wrong.</returns>
    public static ProtocolSimulation Run(int seed, ProtocolRule broken)
    {
        var plan = new Random(seed ^ 0x5eed);
        int kind = plan.Next(8);
        var simulation = new ProtocolSimulation(seed, broken) { LostAnswers = kind == 3 ? 0.03 : 0, LostCommits = kind == 5 ? 0.6 : 0 };
        var memories = new SimulatedMemory[] { new(), new() };

        // What was there before: two snapshots that share, made side by side so that they may hold copies, and one that is gone.
        simulation.Add(ActorKind.Writer, new BackupActor(simulation, "abd", useParent: false, inTwoSteps: plan.Next(2) == 0).RunAsync);
        if (kind == 6 || plan.Next(2) == 0) simulation.Add(ActorKind.Writer, new BackupActor(simulation, kind == 6 ? "abde" : "acde", useParent: false, inTwoSteps: kind == 6).RunAsync);
        if (kind == 6) simulation.Add(ActorKind.Writer, new BackupActor(simulation, "acf", useParent: false, inTwoSteps: true).RunAsync);
        simulation.Run(sticky: kind != 6 && plan.Next(2) == 0 ? 1 : 0.3);
        if (kind == 6 || plan.Next(2) == 0)
        {
            simulation.Add(ActorKind.Remover, new RemoveActor(simulation).RunAsync);
            simulation.Run(sticky: 1);
        }

        // A retirement that others carry on.
        if (kind == 7)
        {
            simulation.Add(ActorKind.Pruner, new OptimizeActor(simulation, new SimulatedMemory(), 0, fence: true).RunAsync, diesAt: 20 + plan.Next(30));
            simulation.Run(sticky: 1);
        }

        int writers = kind switch { 1 or 6 => 0, 2 or 7 => 2, 5 => 1 + plan.Next(2), _ => plan.Next(4) };
        int pruners = kind switch { 1 or 6 => 3, 2 or 7 => 2, _ => 1 + plan.Next(3) };
        int removers = kind switch { 2 or 7 => 2, 5 => 1 + plan.Next(2), _ => plan.Next(3) };
        for (int i = 0; i < writers; i++)
        {
            string letters = string.Concat(Letters.Where(_ => plan.Next(100) < 45));
            Add(ActorKind.Writer, new BackupActor(simulation, letters.Length == 0 ? "f" : letters, useParent: plan.Next(100) < 40, inTwoSteps: plan.Next(100) < 40).RunAsync, diesOften: kind == 4);
        }

        for (int i = 0; i < pruners; i++)
        {
            SimulatedMemory memory = memories[plan.Next(2)];
            Add(ActorKind.Pruner, new OptimizeActor(simulation, memory, kind == 6 || plan.Next(2) == 0 ? 0 : 50, fence: kind is 6 or 7 || plan.Next(100) < 60).RunAsync, diesOften: kind != 6 && plan.Next(4) == 0);
        }

        for (int i = 0; i < removers; i++) Add(ActorKind.Remover, new RemoveActor(simulation).RunAsync, diesOften: false);
        if (plan.Next(100) < 25) Add(ActorKind.Tagger, new TagActor(simulation).RunAsync, diesOften: false);
        if (plan.Next(100) < 30) Add(ActorKind.Reader, new ReadActor(simulation, all: false).RunAsync, diesOften: false);
        simulation.Run(sticky: plan.Next(3) switch { 0 => 0.5, 1 => 0.85, _ => 0.95 });

        End(simulation, memories[0]);
        return simulation;

        void Add(ActorKind actor, Func<Repository, Task> work, bool diesOften)
        {
            // What a pruner does comes after some dozen calls.
            int pausesAfter = plan.Next(100) < (kind >= 5 ? 80 : 45) ? 1 + plan.Next(actor == ActorKind.Pruner ? 70 : 30) : 0;
            int pause = plan.Next(5) switch { 0 => 30, 1 => 100, 2 => 300, 3 => 800, _ => plan.Next(2) == 0 ? int.MaxValue : 500 };
            int diesAt = plan.Next(100) < (diesOften ? 60 : 12) ? 1 + plan.Next(actor == ActorKind.Pruner ? 60 : 25) : 0;
            simulation.Add(actor, work, startsAt: plan.Next(100) < (kind == 6 ? 70 : 40) ? 0 : plan.Next(300), pausesAfter: pausesAfter, pause: pause, diesAt: diesAt);
        }
    }

    /// <summary>
    /// The end of every history: those who stand still for ever, and all others who are left, are gone. A pruner that nothing disturbs frees what nobody needs, and all that is
    /// there is whole.
    /// </summary>
    /// <param name="simulation">The simulation.</param>
    /// <param name="memory">What the pruner's host remembers.</param>
    /// <param name="lost">Snapshots that are lost for good, and given up.</param>
    public static void End(ProtocolSimulation simulation, SimulatedMemory memory, IReadOnlyCollection<string>? lost = null)
    {
        if (simulation.Violation is not null) return;
        simulation.KillAll();
        simulation.LostAnswers = simulation.LostCommits = 0;
        for (int i = 0; i < 3; i++)
        {
            simulation.Add(ActorKind.Pruner, new OptimizeActor(simulation, memory, 0, fence: true) { Abandoned = lost ?? [] }.RunAsync);
            simulation.Run(sticky: 1);
        }

        if (simulation.Violation is null && simulation.Broken == ProtocolRule.None) simulation.CheckGarbage();
        simulation.Add(ActorKind.Reader, new ReadActor(simulation, all: true).RunAsync);
        simulation.Run(sticky: 1);
    }
}
