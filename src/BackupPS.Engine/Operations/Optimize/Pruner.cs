using BackupPS.Engine.Policies;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Gives space back beside running backups: carries on what earlier runs have begun, chooses packs, writes anew what is needed of them, and retires them. It
/// never waits for a writer: what cannot be decided yet is left to a later run, here or on another host. It can be stopped and started again at any point.
/// </summary>
internal sealed class Pruner
{
    // Ctrl-C must end within 2 s, whatever the store does.
    private static readonly TimeSpan UnmarkLimit = TimeSpan.FromSeconds(1);

    private readonly Repository repository;
    private readonly IdSource ids;
    private readonly TimeProvider time;
    private readonly DeletionRule rule;
    private readonly IPrunerMemory memory;
    private readonly double maxUnusedPercent;
    private readonly RunCallbacks callbacks;
    private readonly StandingSessions sessions;
    private readonly Sweepers sweepers;
    private readonly Retirement retirement;
    private readonly HashSet<string> dead = new(StringComparer.Ordinal);

    // What this run carries on, each retirement with its mark.
    private readonly Dictionary<string, string> swept = new(StringComparer.Ordinal);
    private readonly SortedSet<string> waitingFor = new(StringComparer.Ordinal);
    private int pendingPacks;
    private int keptPacks;
    private int packsRemoved;
    private long bytesRemoved;

    /// <param name="repository">The repository.</param>
    /// <param name="ids">Draws ids.</param>
    /// <param name="time">The clock.</param>
    /// <param name="rule">Says whether anything may be deleted.</param>
    /// <param name="memory">What earlier runs have seen.</param>
    /// <param name="maxUnusedPercent">Per cent of the packs that may stay unused, from 0 to 100.</param>
    /// <param name="fence">Whether every session that has not ended is fenced off: its run fails.</param>
    /// <param name="callbacks">Told how far it is.</param>
    /// <param name="rules">Only for simulations: others than those that hold.</param>
    public Pruner(Repository repository, IdSource ids, TimeProvider time, DeletionRule rule, IPrunerMemory memory, double maxUnusedPercent, bool fence, RunCallbacks callbacks, DecisionRules? rules = null)
    {
        this.repository = repository;
        this.ids = ids;
        this.time = time;
        this.rule = rule;
        this.memory = memory;
        this.maxUnusedPercent = maxUnusedPercent;
        this.callbacks = callbacks;
        sessions = new StandingSessions(repository, time, memory, fence);
        sweepers = new Sweepers(repository, ids, memory);
        retirement = new Retirement(repository, sweepers, rule, memory.RememberDamage, rules ?? new DecisionRules());
    }

    /// <summary>As <see cref="OptimizeRequest.KeepDeletedFor"/>.</summary>
    public string KeepDeletedFor { get; init; } = "";

    /// <summary>What <see cref="RunAsync"/> would choose now; writes nothing.</summary>
    public static async Task<SpacePlan> PlanAsync(Repository repository, TimeProvider time, DeletionRule rule, IPrunerMemory memory, RetiredPacks retired, OptimizeRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        bool fence = request.FenceSessions;

        // What earlier runs have announced is decided first, where nobody is waited for any more.
        var decidable = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string id, RetiredRecord record) in retired.Undecided)
        {
            if (IsKept(record, request.KeepDeletedFor, time)) continue;
            if (fence || !await StandingSessions.AnyUnfinishedAsync(repository, memory.FindSessions(id), cancellationToken)) decidable.UnionWith(record.Packs);
        }

        bool busy = !fence && await StandingSessions.AnyUnfinishedAsync(repository, among: null, cancellationToken);
        return await SpacePlan.MakeAsync(repository, rule, retired, decidable, busy, request.MaxUnusedPercent, onlyPlan: true, Tell(callbacks), cancellationToken);
    }

    /// <summary>Runs once.</summary>
    /// <exception cref="BackupException">What some snapshot needs is missing or damaged, or nothing may be deleted: nothing more is.</exception>
    public async Task<PruneOutcome> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (bool repaired = false; ; repaired = true)
            {
                try
                {
                    return await PruneAsync(cancellationToken);
                }
                catch (BackupException e) when (!repaired && (e.Error == BackupError.BlobMissing || (e.IsUnavailable && e.Target.StartsWith(RepositoryLayout.Indexes, StringComparison.Ordinal))))
                {
                    // What the index does not say, the packs do.
                    int count = await new IndexRepair(repository, ids).RunAsync(always: e.Error == BackupError.BlobMissing, cancellationToken);
                    if (count == 0) throw;
                    callbacks.OnWarning?.Invoke($"The index was not whole, and is made anew from the packs: {e.Message}");
                }
            }
        }
        catch
        {
            // Whatever was swept is swept to its end: nothing more of it is deleted here.
            foreach (string mark in swept.Values) await TryUnmarkAsync(mark);
            throw;
        }
    }

    private async Task<PruneOutcome> PruneAsync(CancellationToken cancellationToken)
    {
        (pendingPacks, keptPacks) = (0, 0);
        waitingFor.Clear();
        callbacks.OnPhase?.Invoke("Resume");
        await rule.AskForPacksAsync(cancellationToken);
        IReadOnlyList<string> standing = await sessions.ListAsync(cancellationToken);
        await sweepers.ClearAsync(rule.IsAbandoned, cancellationToken);
        RetiredPacks retired = await ResumeAsync(cancellationToken);

        callbacks.OnPhase?.Invoke("Plan");
        bool busy = (await sessions.FindRunningAsync(standing, cancellationToken)).Count > 0;
        using SpacePlan plan = await SpacePlan.MakeAsync(repository, rule, retired, new HashSet<string>(), busy, maxUnusedPercent, onlyPlan: false, Tell(callbacks), cancellationToken);
        callbacks.OnMessage?.Invoke($"{plan.SnapshotCount} snapshots need {plan.Index.Packs.Count} packs but for {plan.PacksRemoved} ({plan.BytesRemoved} bytes); {plan.Selection.Rewritten.Count} packs ({plan.Selection.BytesRewritten} bytes) are written anew.");
        callbacks.OnPhase?.Invoke("Rewrite");
        using var rewriter = new PackRewriter(repository, ids, plan.Use);
        List<int> rewritten = [];
        long bytesUnused = plan.Selection.BytesUnused;
        try
        {
            rewritten = await RewriteAsync(plan, rewriter, cancellationToken);
            if (rewritten.Count > 0) callbacks.OnMessage?.Invoke($"What is needed of {rewritten.Count} packs is in {rewriter.PackCount} new ones, {rewriter.BytesWritten} bytes.");
        }
        catch (StoreException e) when (e.Failure == StoreFailure.Full && plan.PacksRemoved > 0)
        {
            // What is to make room must not fail for want of it: what needs none goes now, and the next run has the room for the rest.
            callbacks.OnWarning?.Invoke($"The store is full: {plan.Selection.Rewritten.Count} packs are not written anew. {plan.PacksRemoved} of which nothing is needed are deleted; run the optimization again. {e.Message}");
            bytesUnused += plan.Selection.BytesRewritten - plan.Selection.BytesKept;
        }

        var leaving = new RetiredRecord { Announced = time.GetUtcNow().UtcDateTime, KeepFor = KeepDeletedFor, Packs = [.. plan.Selection.Removed.Concat(rewritten).Select(p => plan.Index.Packs[p].Name), .. plan.Unlisted.Keys, .. plan.Dead.Keys, .. plan.Lost.Keys] };
        callbacks.OnPhase?.Invoke("Retire");
        if (leaving.Packs.Length > 0)
        {
            string id = ids.Next();
            await retirement.AnnounceAsync(id, leaving, cancellationToken);
            await TryFinishAsync(id, leaving, cancellationToken);
        }

        callbacks.OnPhase?.Invoke("Index");
        var index = new IndexCompaction(repository, ids);
        await index.RunAsync(dead, afterSweep: packsRemoved > 0, cancellationToken);

        callbacks.OnMessage?.Invoke($"Deleted {packsRemoved} packs ({bytesRemoved} bytes), replaced {index.Replaced} index objects; {plan.Selection.BytesUnused} bytes stay unused.");

        // Last: until then a later run finds what is left to do.
        foreach ((string id, string mark) in swept)
        {
            await retirement.EndAsync(id, cancellationToken);
            await sweepers.UnmarkAsync(mark, cancellationToken);
            memory.Forget(id);
        }

        await sweepers.EndDecisionsAsync(swept.Keys, cancellationToken);

        return new PruneOutcome
        {
            SnapshotCount = plan.SnapshotCount,
            PacksRemoved = packsRemoved,
            BytesRemoved = bytesRemoved,
            PacksRewritten = rewritten.Count,
            PacksAdded = rewriter.PackCount,
            BytesAdded = rewriter.BytesWritten + index.BytesWritten,
            IndexObjectsReplaced = index.Replaced,
            SessionsFenced = sessions.Fenced,
            PendingPacks = pendingPacks,
            KeptPacks = keptPacks,
            WaitingFor = [.. waitingFor],
            BytesUnused = bytesUnused,
        };
    }

    private async Task<List<int>> RewriteAsync(SpacePlan plan, PackRewriter rewriter, CancellationToken cancellationToken)
    {
        var rewritten = new List<int>();
        foreach (int pack in plan.Selection.Rewritten)
        {
            try
            {
                await rewriter.CopyAsync(plan.Index.Packs[pack], pack, cancellationToken);
                rewritten.Add(pack);
            }
            catch (BackupException e) when (e.Error == BackupError.ObjectMissing)
            {
                // Another pruner was faster: what is needed of the pack has copies elsewhere, or the decision finds that something is missing.
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                // Backups of this host store again what is needed of it, from now on.
                memory.RememberDamage(plan.Index.Packs[pack].Name);
                throw;
            }

            callbacks.Progress?.Report(new OperationProgress("Rewriting packs", rewritten.Count, plan.Selection.Rewritten.Count, rewriter.BytesWritten, 0, ""));
        }

        await rewriter.FlushAsync(cancellationToken);
        return rewritten;
    }

    // What earlier runs have begun, here or elsewhere.
    private async Task<RetiredPacks> ResumeAsync(CancellationToken cancellationToken)
    {
        RetiredPacks retired = await RetiredPacks.LoadForWritingAsync(repository, cancellationToken);
        await sweepers.EndDecisionsAsync(retired.Over, cancellationToken);
        foreach (string id in retired.Broken.Order(StringComparer.Ordinal)) await CancelAsync(id, cancellationToken);
        foreach ((string id, RetiredRecord decision) in retired.Unswept.Where(r => !swept.ContainsKey(r.Key)).OrderBy(static r => r.Key, StringComparer.Ordinal)) await CarryAsync(id, () => Task.FromResult(decision.Packs), cancellationToken);
        foreach ((string id, RetiredRecord announced) in retired.Undecided.OrderBy(static r => r.Key, StringComparer.Ordinal)) await TryFinishAsync(id, announced, cancellationToken);
        if (packsRemoved + pendingPacks > 0) callbacks.OnMessage?.Invoke($"Of what earlier optimizations had begun, {packsRemoved} packs ({bytesRemoved} bytes) are deleted and {pendingPacks} wait for backups to end.");
        return await RetiredPacks.LoadForWritingAsync(repository, cancellationToken);
    }

    // Of a retirement whose decision cannot be read nobody can tell what goes. Where nobody carries it on it ends as it is: what is left of its packs is as it was before.
    private async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (await sweepers.DescribeAsync(id, cancellationToken) is { } owner)
        {
            callbacks.OnWarning?.Invoke($"The decision '{RepositoryLayout.Decision(id)}' cannot be read, and another optimization goes by it ({owner}): the packs that it may name are left to that one. If it has died, give it up by its id, {id}.");
            return;
        }

        await retirement.EndAsync(id, cancellationToken);
        memory.Forget(id);
        await sweepers.EndDecisionsAsync([id], cancellationToken);
    }

    // Decides, unless somebody may still commit who may count on the packs.
    private async Task TryFinishAsync(string id, RetiredRecord announced, CancellationToken cancellationToken)
    {
        // Where nobody here knows who stood then, all who stand now are waited for: they are all those, and some more.
        IReadOnlyList<string>? seen = memory.FindSessions(id);
        if (seen is null) memory.Remember(id, seen = await sessions.ListAsync(cancellationToken));
        if (IsKept(announced, KeepDeletedFor, time))
        {
            pendingPacks += announced.Packs.Length;
            keptPacks += announced.Packs.Length;
            return;
        }

        List<string> running = await sessions.FindRunningAsync(seen, cancellationToken);
        if (running.Count > 0)
        {
            waitingFor.UnionWith(running);
            pendingPacks += announced.Packs.Length;
            return;
        }

        await CarryAsync(id, () => retirement.DecideAsync(id, announced.Packs, cancellationToken), cancellationToken);
    }

    // Until it is decided about, nothing is lost: whoever comes back keeps what it needs.
    private static bool IsKept(RetiredRecord announced, string keepDeletedFor, TimeProvider time) =>
        Duration.TryParse(keepDeletedFor.Length > 0 ? keepDeletedFor : announced.KeepFor, out Duration keep)
        && keep.SubtractFrom(time.GetUtcNow(), TimeZoneInfo.Utc).UtcDateTime < announced.Announced;

    // The mark comes first: who finds after that that the retirement stands is seen by whoever ends it, and what was decided binds until the mark is gone.
    private async Task CarryAsync(string id, Func<Task<string[]>> decide, CancellationToken cancellationToken)
    {
        string mark = await sweepers.MarkAsync(id, cancellationToken);
        string[] packs;
        try
        {
            if (!await RetiredPacks.IsThereAsync(repository, id, cancellationToken))
            {
                // Somebody else has carried it to its end.
                await sweepers.UnmarkAsync(mark, cancellationToken);
                memory.Forget(id);
                return;
            }

            packs = await decide();
        }
        catch
        {
            // Nothing of it was deleted here.
            await TryUnmarkAsync(mark);
            throw;
        }

        // Where this is interrupted the mark stays: what was on its way to the store may arrive later.
        bytesRemoved += await retirement.SweepAsync(packs, done => callbacks.Progress?.Report(new OperationProgress("Deleting packs", done, packs.Length, 0, 0, "")), cancellationToken);
        swept.Add(id, mark);
        packsRemoved += packs.Length;
        dead.UnionWith(packs);
    }

    private async Task TryUnmarkAsync(string mark)
    {
        using var limit = new CancellationTokenSource(UnmarkLimit);
        try
        {
            await sweepers.UnmarkAsync(mark, limit.Token);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            // It costs that a decision stays; a later run of this host takes it away.
        }
    }

    private static Action<int, int>? Tell(RunCallbacks callbacks) =>
        callbacks.Progress is null ? null : (done, all) => callbacks.Progress.Report(new OperationProgress("Reading snapshots", done, all, 0, 0, ""));
}
