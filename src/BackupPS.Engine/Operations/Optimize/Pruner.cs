using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Gives space back beside running backups: carries on what earlier runs have begun, chooses packs, writes anew what is needed of them, and retires them. It
/// never waits for a writer: what cannot be decided yet is left to a later run, here or on another host. It can be stopped and started again at any point.
/// </summary>
internal sealed class Pruner
{
    private readonly Repository repository;
    private readonly IdSource ids;
    private readonly TimeProvider time;
    private readonly IPrunerMemory memory;
    private readonly double maxUnusedPercent;
    private readonly RunCallbacks callbacks;
    private readonly StandingSessions sessions;
    private readonly Retirement retirement;
    private readonly HashSet<string> dead = new(StringComparer.Ordinal);
    private readonly List<string> swept = [];
    private readonly SortedSet<string> waitingFor = new(StringComparer.Ordinal);
    private int pendingPacks;
    private int packsRemoved;
    private long bytesRemoved;

    /// <param name="repository">The repository.</param>
    /// <param name="ids">Draws ids.</param>
    /// <param name="time">The clock.</param>
    /// <param name="memory">What earlier runs have seen.</param>
    /// <param name="maxUnusedPercent">Per cent of the packs that may stay unused, from 0 to 100.</param>
    /// <param name="fence">Whether every session that has not ended is fenced off: its run fails.</param>
    /// <param name="callbacks">Told how far it is.</param>
    /// <param name="rules">Only for simulations: others than those that hold.</param>
    public Pruner(Repository repository, IdSource ids, TimeProvider time, IPrunerMemory memory, double maxUnusedPercent, bool fence, RunCallbacks callbacks, DecisionRules? rules = null)
    {
        this.repository = repository;
        this.ids = ids;
        this.time = time;
        this.memory = memory;
        this.maxUnusedPercent = maxUnusedPercent;
        this.callbacks = callbacks;
        sessions = new StandingSessions(repository, time, memory, fence);
        retirement = new Retirement(repository, time, memory.RememberDamage, rules ?? new DecisionRules());
    }

    /// <summary>What <see cref="RunAsync"/> would choose now; writes nothing.</summary>
    public static async Task<SpacePlan> PlanAsync(Repository repository, TimeProvider time, IPrunerMemory memory, RetiredPacks retired, double maxUnusedPercent, bool fence, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        // What earlier runs have announced is decided first, where nobody is waited for any more.
        var decidable = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string id, string[] packs) in retired.Undecided)
        {
            if (fence || !await StandingSessions.AnyUnfinishedAsync(repository, memory.FindSessions(id), cancellationToken)) decidable.UnionWith(packs);
        }

        bool busy = !fence && await StandingSessions.AnyUnfinishedAsync(repository, among: null, cancellationToken);
        return await SpacePlan.MakeAsync(repository, time, retired, decidable, busy, maxUnusedPercent, Tell(callbacks), cancellationToken);
    }

    /// <summary>Runs once.</summary>
    /// <exception cref="BackupException">What some snapshot needs is missing or damaged: nothing more is deleted.</exception>
    public async Task<PruneOutcome> RunAsync(CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Resume");
        IReadOnlyList<string> standing = await sessions.ListAsync(cancellationToken);
        RetiredPacks retired = await RetiredPacks.LoadAsync(repository, cancellationToken);
        dead.UnionWith(retired.Swept);
        foreach ((string id, string[] packs) in retired.Unswept.OrderBy(static r => r.Key, StringComparer.Ordinal)) await SweepAsync(id, packs, cancellationToken);
        foreach ((string id, string[] packs) in retired.Undecided.OrderBy(static r => r.Key, StringComparer.Ordinal)) await TryFinishAsync(id, packs, cancellationToken);
        if (packsRemoved + pendingPacks > 0) callbacks.OnMessage?.Invoke($"Of what earlier optimizations had begun, {packsRemoved} packs ({bytesRemoved} bytes) are deleted and {pendingPacks} wait for backups to end.");
        retired = await RetiredPacks.LoadAsync(repository, cancellationToken);

        callbacks.OnPhase?.Invoke("Plan");
        bool busy = (await sessions.FindRunningAsync(standing, cancellationToken)).Count > 0;
        using SpacePlan plan = await SpacePlan.MakeAsync(repository, time, retired, new HashSet<string>(), busy, maxUnusedPercent, Tell(callbacks), cancellationToken);
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

        string[] leaving = [.. plan.Selection.Removed.Concat(rewritten).Select(p => plan.Index.Packs[p].Name), .. plan.Unlisted.Keys];
        callbacks.OnPhase?.Invoke("Retire");
        if (plan.Dead.Count > 0) await DeleteAsync([.. plan.Dead.Keys], cancellationToken);
        if (leaving.Length > 0)
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
        foreach (string id in swept)
        {
            await retirement.EndAsync(id, cancellationToken);
            memory.Forget(id);
        }

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
                // Another pruner was faster. What is needed of the pack has copies elsewhere, which the decision will find.
                if (!(await RetiredPacks.LoadAsync(repository, cancellationToken)).Swept.Contains(plan.Index.Packs[pack].Name)) throw;
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

    // Decides, unless somebody may still commit who may count on the packs.
    private async Task TryFinishAsync(string id, string[] packs, CancellationToken cancellationToken)
    {
        // Where nobody here knows who stood then, all who stand now are waited for: they are all those, and some more.
        IReadOnlyList<string>? seen = memory.FindSessions(id);
        if (seen is null) memory.Remember(id, seen = await sessions.ListAsync(cancellationToken));
        List<string> running = await sessions.FindRunningAsync(seen, cancellationToken);
        if (running.Count > 0)
        {
            waitingFor.UnionWith(running);
            pendingPacks += packs.Length;
            return;
        }

        await SweepAsync(id, await retirement.DecideAsync(id, packs, cancellationToken), cancellationToken);
    }

    private async Task SweepAsync(string id, string[] packs, CancellationToken cancellationToken)
    {
        await DeleteAsync(packs, cancellationToken);
        swept.Add(id);
    }

    private async Task DeleteAsync(string[] packs, CancellationToken cancellationToken)
    {
        bytesRemoved += await retirement.SweepAsync(packs, done => callbacks.Progress?.Report(new OperationProgress("Deleting packs", done, packs.Length, 0, 0, "")), cancellationToken);
        packsRemoved += packs.Length;
        dead.UnionWith(packs);
    }

    private static Action<int, int>? Tell(RunCallbacks callbacks) =>
        callbacks.Progress is null ? null : (done, all) => callbacks.Progress.Report(new OperationProgress("Reading snapshots", done, all, 0, 0, ""));
}
