using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>
/// Histories that lead to the rare chain of events which one rule is for: as in the shortest history of it that the model of the protocol has met, but in calls of the
/// program's own code. A script says who goes on up to which call to the store; the seed says all else: what is saved and how it lies, what listings show, who is about
/// meanwhile, and how it goes on once nobody is held any more.
/// </summary>
internal sealed class DirectedHistory
{
    // Of a pruner the announcement is the first, the decision the second.
    private const string Retired = "put new retired/", Commit = "put new snapshots/", Pack = "put new packs/", Index = "put new index/";

    private readonly ProtocolSimulation simulation;
    private readonly Random plan;
    private readonly double sticky;
    private readonly Queue<char> letters;
    private readonly SimulatedMemory[] memories = [new(), new()];
    private readonly List<Actor> scripted = [];

    private DirectedHistory(int seed, ProtocolRule broken)
    {
        plan = new Random(seed ^ 0xd12ec7);
        simulation = new ProtocolSimulation(seed, broken);
        sticky = plan.Next(3) switch { 0 => 0.5, 1 => 0.85, _ => 0.95 };
        char[] all = [.. "abcdefghijklmnop"];
        plan.Shuffle(all);
        letters = new Queue<char>(all);
    }

    /// <summary>The rules that there are such histories of.</summary>
    public static IReadOnlyList<ProtocolRule> Rules { get; } =
    [
        ProtocolRule.RetiredLast,
        ProtocolRule.RetiredListedAgain,
        ProtocolRule.DecisionOnce,
        ProtocolRule.DecisionsBind,
        ProtocolRule.MarkFirst,
        ProtocolRule.MarkChecked,
        ProtocolRule.MarksLast,
        ProtocolRule.AnnouncedUnderMark,
        ProtocolRule.TombstoneForStanding,
        ProtocolRule.MissingStops,
        ProtocolRule.EveryCopyStays,
    ];

    /// <summary>Runs one history.</summary>
    /// <param name="rule">What it is directed at.</param>
    /// <param name="seed">Says which of them.</param>
    /// <param name="broken">The rule that is broken.</param>
    /// <returns>The simulation at its end.</returns>
    public static ProtocolSimulation Run(ProtocolRule rule, int seed, ProtocolRule broken)
    {
        var history = new DirectedHistory(seed, broken);
        history.Play(rule);
        foreach (Actor actor in history.scripted) actor.IsHeld = false;
        history.simulation.Run(history.sticky);
        History.End(history.simulation, history.memories[0]);
        return history.simulation;
    }

    private void Play(ProtocolRule rule)
    {
        switch (rule)
        {
            case ProtocolRule.RetiredLast:
                LeadToRetiredLast();
                break;
            case ProtocolRule.RetiredListedAgain:
                LeadToRetiredListedAgain();
                break;
            case ProtocolRule.DecisionOnce:
                LeadToDecisionOnce();
                break;
            case ProtocolRule.DecisionsBind:
            case ProtocolRule.MarkFirst:
                LeadToDecisionThatBinds(knowsUpTo: "length packs/");
                break;
            case ProtocolRule.MarkChecked:
                LeadToDecisionThatBinds(knowsUpTo: "put new sweepers/");
                break;
            case ProtocolRule.MarksLast:
                LeadToMarksLast();
                break;
            case ProtocolRule.AnnouncedUnderMark:
                LeadToAnnouncedUnderMark();
                break;
            case ProtocolRule.TombstoneForStanding:
                LeadToTombstoneForStanding();
                break;
            case ProtocolRule.MissingStops:
                LeadToMissingStops();
                break;
            case ProtocolRule.EveryCopyStays:
                LeadToEveryCopyStays();
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(rule), rule, "No history is directed at it.");
        }
    }

    // A pack that no index listed yet is swept, while its writer, which is fenced off, still lists it: who has loaded the index after that must see that it is retired, or
    // counts on it and lets the other copy go.
    private void LeadToRetiredLast()
    {
        string own = SaveAndRemove();
        Actor unaware = Pruner(fence: true);
        Advance(unaware, "list sweepers/", "list snapshots/");
        Actor first = Writer(own);
        Advance(first, Commit);
        Actor deciding = Pruner(fence: false);
        Advance(deciding, Retired, "list sessions/");
        AddBystanders();
        Finish(first);
        Advance(deciding, "list index/");
        Actor second = Writer(own);
        Advance(second, Index);
        Advance(unaware, Retired, Retired);
        Finish(second);
        Advance(deciding, Retired);
    }

    // The packs of a retirement are gone for good when its announcement is; but one comes back, for its writer, which is fenced off, had no answer to its put. Who has
    // begun to list what is retired, and saw the announcement but not what it says, or neither it nor the decision, must learn that it is dead: another pruner, which
    // carries the retirement on, deletes it again.
    private void LeadToRetiredListedAgain()
    {
        for (int earlier = 1 + plan.Next(3); earlier > 0; earlier--)
        {
            SaveAndRemove();
            Finish(Pruner(fence: false));
        }

        string own = Draw(2);
        Actor fenced = WriterWithoutAnswer(own);
        Actor sweeping = Pruner(fence: true);
        Advance(sweeping, Retired, Retired);
        Actor listing = Writer(own);
        Advance(listing, plan.Next(2) == 0 ? "get retired/" : "list retired/ after");
        Advance(sweeping, "length packs/");
        Actor knowing = Pruner(fence: false);
        Advance(knowing, "length packs/");
        AddBystanders();
        Finish(sweeping);
        Finish(fenced);
        Advance(listing, Commit);
    }

    // A retirement is carried on by another, which keeps what a snapshot needs; then the snapshot goes, and a new writer may count on the packs. Who has begun it decides
    // by what it saw in between.
    private void LeadToDecisionOnce()
    {
        string own = SaveAndRemove();
        (Actor first, BackupActor saved) = Begin(own);
        Advance(first, Commit);
        Actor slow = Pruner(fence: false);
        Advance(slow, Retired, "list sessions/");
        AddBystanders();
        Finish(first);
        Advance(slow, "list snapshots/", "get snapshots/");
        Finish(Pruner(fence: false));
        Remove(saved);
        Advance(Writer(own), Commit);
    }

    // A dead pack comes back, as above. One pruner has begun to sweep it, or is about to; whoever begins to write must know that it is dead, also when another has ended
    // the retirement.
    private void LeadToDecisionThatBinds(string knowsUpTo)
    {
        Save(Draw(1));
        string own = Draw(2);
        Actor fenced = WriterWithoutAnswer(own);
        Actor sweeping = Pruner(fence: true);
        Advance(sweeping, Retired, Retired, "length packs/");
        Actor knowing = Pruner(fence: false);
        Advance(knowing, knowsUpTo);
        AddBystanders();
        Finish(sweeping);
        Finish(fenced);
        Advance(Writer(own), Commit);
    }

    // The same, where the one who is about to sweep puts its mark while the other ends the retirement.
    private void LeadToMarksLast()
    {
        Save(Draw(1));
        string own = Draw(2);
        Actor fenced = WriterWithoutAnswer(own);
        Actor sweeping = Pruner(fence: true);
        Advance(sweeping, Retired, Retired, "length packs/");
        Actor knowing = Pruner(fence: false);
        Advance(knowing, "put new sweepers/");
        Advance(sweeping, "delete retired/");
        Advance(knowing, "length packs/");
        AddBystanders();
        Finish(sweeping);
        Finish(fenced);
        Advance(Writer(own), Commit);
    }

    // An announcement is not answered, and put again when another has carried the retirement to its end. What was kept then is no longer needed, and a new writer may
    // count on it; but a third, which has waited for a session that stood at first, would decide anew.
    private void LeadToAnnouncedUnderMark()
    {
        string own = SaveAndRemove();
        (Actor first, BackupActor saved) = Begin(own);
        Advance(first, Commit);
        Actor announcing = Pruner(fence: false, memory: 0);
        announcing.NextAnswerLost = Retired;
        Advance(announcing, Retired, Retired);
        Finish(Pruner(fence: false, memory: 1));
        AddBystanders();
        Finish(first);
        Finish(Pruner(fence: false, memory: 0));
        Remove(saved);
        Advance(Writer(own), Commit);
        Advance(announcing, "list sessions/");
        Finish(Pruner(fence: false, memory: 1));
    }

    // A commit is not answered. A pruner takes the snapshot for its session's end; then it is removed; then its writer repeats the commit.
    private void LeadToTombstoneForStanding()
    {
        string own = SaveAndRemove();
        (Actor writer, BackupActor saved) = Begin(own);
        writer.NextAnswerLost = Commit;
        Advance(writer, Commit);
        Actor pruner = Pruner(fence: false);
        Advance(pruner, Retired, "get snapshots/");
        Advance(writer, Commit);
        AddBystanders();
        Advance(pruner, "list snapshots/");
        Remove(saved);
    }

    // One index object lists data that an announced pack alone holds, which a snapshot needs again, and data that goes: it is replaced while the pruner that decides about
    // the first lists the index, so that it may see neither the old object nor the new one.
    private void LeadToMissingStops()
    {
        string own = Draw(2), others = Draw(2);
        BackupActor one = Save(own), other = Save(others), both = Save(own + others);
        for (int more = 2; more > 0; more--) Save(Draw(2), inTwoSteps: true);
        Remove(one);
        Remove(other);
        Finish(Pruner(fence: false, maxUnusedPercent: 0));
        other = Save(others);
        Remove(both);
        Actor compacting = Pruner(fence: false);
        Advance(compacting, "list snapshots/");
        Actor writer = Writer(own);
        Advance(writer, Commit);
        Actor deciding = Pruner(fence: false);
        Advance(deciding, Retired, "list sessions/");
        AddBystanders();
        Finish(writer);
        Remove(other);
        Advance(deciding, "list index/", "list index/ after");
        Finish(compacting);
    }

    // Three packs hold the same. One pruner announces two of them, and counts on the third; another, which has seen more snapshots, has written it anew, and announces
    // the third and one of the two.
    private void LeadToEveryCopyStays()
    {
        char same = letters.Dequeue(), shared = letters.Dequeue();
        string kept = Draw(2), dropped = Draw(1);
        (Actor Actor, BackupActor Saved)[] besides = [Begin(same + kept + dropped), Begin($"{same}{shared}"), Begin(shared + Draw(2))];
        foreach ((Actor actor, _) in besides) Advance(actor, Pack);
        foreach ((Actor actor, _) in besides) Finish(actor);
        BackupActor saved = Save(same + kept);
        Remove(besides[0].Saved);
        Actor rewriting = Pruner(fence: false, maxUnusedPercent: 0);
        Advance(rewriting, Retired);
        Remove(saved);
        Actor counting = Pruner(fence: false, maxUnusedPercent: 50);
        Advance(counting, Retired, Retired);
        AddBystanders();
        Advance(rewriting, Retired);
    }

    private string Draw(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => letters.Dequeue()));

    // Something that no snapshot needs any more, and that whoever saves it again can count on.
    private string SaveAndRemove()
    {
        string own = Draw(1 + plan.Next(3));
        BackupActor saved = Save(own, inTwoSteps: plan.Next(2) == 0);
        if (plan.Next(2) == 0) Save(Draw(1) + (plan.Next(2) == 0 ? own[..^1] : ""));
        Remove(saved);
        return own;
    }

    private BackupActor Save(string files, bool inTwoSteps = false)
    {
        (Actor actor, BackupActor saved) = Begin(files, inTwoSteps);
        Finish(actor);
        return saved;
    }

    private Actor Writer(string files) => Begin(files).Actor;

    private (Actor Actor, BackupActor Saved) Begin(string files, bool inTwoSteps = false)
    {
        var saved = new BackupActor(simulation, string.Concat(files.Order()), useParent: plan.Next(3) == 0, inTwoSteps);
        return (Add(ActorKind.Writer, saved.RunAsync), saved);
    }

    // It has put its packs, and is about to put the last of them, that of trees, again.
    private Actor WriterWithoutAnswer(string files)
    {
        Actor writer = Writer(files);
        Advance(writer, Pack, Pack);
        writer.NextAnswerLost = Pack;
        Advance(writer, Pack);
        return writer;
    }

    private Actor Pruner(bool fence, double? maxUnusedPercent = null, int? memory = null) =>
        Add(ActorKind.Pruner, new OptimizeActor(simulation, memories[memory ?? plan.Next(2)], maxUnusedPercent ?? (plan.Next(2) == 0 ? 0 : 50), fence).RunAsync);

    private void Remove(BackupActor saved) => Finish(Add(ActorKind.Remover, new RemoveActor(simulation, saved).RunAsync));

    private Actor Add(ActorKind kind, Func<Repository, Task> work)
    {
        Actor actor = simulation.Add(kind, work);
        actor.IsHeld = true;
        scripted.Add(actor);
        return actor;
    }

    // Nobody holds them.
    private void AddBystanders()
    {
        if (plan.Next(100) < 25) Come(ActorKind.Tagger, new TagActor(simulation).RunAsync);
        if (plan.Next(100) < 30) Come(ActorKind.Reader, new ReadActor(simulation, all: false).RunAsync);
        if (plan.Next(100) < 25) Come(ActorKind.Writer, new BackupActor(simulation, string.Concat(Draw(2).Order()), useParent: plan.Next(2) == 0, inTwoSteps: plan.Next(2) == 0).RunAsync);
        if (plan.Next(100) < 15) Come(ActorKind.Remover, new RemoveActor(simulation).RunAsync);

        void Come(ActorKind kind, Func<Repository, Task> work) => simulation.Add(kind, work, startsAt: plan.Next(100), pausesAfter: plan.Next(40), pause: plan.Next(200));
    }

    // Lets an actor go on until it is about to make a call that begins so, then until the next one, and holds it there; or until it has ended.
    private void Advance(Actor actor, params ReadOnlySpan<string> calls)
    {
        foreach (string call in calls)
        {
            PendingCall? before = simulation.NextCall(actor);
            actor.IsHeld = false;
            simulation.Run(sticky, () => actor.Work is { IsCompleted: true } || (simulation.NextCall(actor) is { } next && next != before && next.Text.StartsWith(call, StringComparison.Ordinal)));
            actor.IsHeld = true;
        }
    }

    private void Finish(Actor actor)
    {
        actor.IsHeld = false;
        simulation.Run(sticky, () => actor.Work is { IsCompleted: true });
    }
}
