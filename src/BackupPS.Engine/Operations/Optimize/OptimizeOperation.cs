using BackupPS.Engine.Catalog;
using BackupPS.Engine.Policies;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>Gives back the space of what no snapshot needs.</summary>
internal sealed class OptimizeOperation(OperationContext context)
{
    /// <summary>What an optimization would do. Writes nothing.</summary>
    public async Task<OptimizePlan> PlanAsync(OptimizeRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        Check(request);
        await using ConnectedRepository connected = await context.Connections.OpenAsync(request.Repository, request.Secret, callbacks, cancellationToken);
        Repository repository = connected.Repository.With(connected.Repository.IndexCache.ReadOnly());
        RetiredPacks retired = await RetiredPacks.LoadAsync(repository, cancellationToken);
        DeletionRule rule = CreateRule(connected, request, keeps: false, callbacks);
        await rule.AskForPacksAsync(cancellationToken);
        using SpacePlan plan = await Pruner.PlanAsync(repository, context.Time, rule, Memory(connected, context.FindKnownHostId() ?? "", callbacks), retired, request, callbacks, cancellationToken);
        return new OptimizePlan
        {
            Repository = connected.Reference,
            SnapshotCount = plan.SnapshotCount,
            PacksRemoved = [.. plan.RemovedNames.Order(StringComparer.Ordinal)],
            BytesRemoved = plan.BytesRemoved,
            PacksRewritten = [.. plan.Selection.Rewritten.Select(p => plan.Index.Packs[p].Name).Order(StringComparer.Ordinal)],
            BytesRewritten = plan.Selection.BytesRewritten,
            BytesKept = plan.Selection.BytesKept,
            BytesUnused = plan.Selection.BytesUnused,
            PendingPacks = plan.PendingPacks,
        };
    }

    /// <summary>Optimizes.</summary>
    public async Task<MaintenanceResult> RunAsync(OptimizeRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        Check(request);
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Optimize", Repository = request.Repository, RepositoryId = "" });
        callbacks = run.Callbacks;
        await using ConnectedRepository connected = await run.OpenAsync(() => context.Connections.OpenForWritingAsync(request.Repository, request.Secret, callbacks, cancellationToken));
        run.Begin(connected.Reference, connected.Id);
        return await run.RunAsync(async () =>
        {
            CatalogPrunerMemory memory = Memory(connected, context.FindHostId(callbacks), callbacks);
            DeletionRule rule = CreateRule(connected, request, keeps: true, callbacks);
            await rule.AbandonAsync(cancellationToken);
            var pruner = new Pruner(connected.Repository, context.Ids, context.Time, rule, memory, request.MaxUnusedPercent, request.FenceSessions, callbacks) { KeepDeletedFor = request.KeepDeletedFor };
            PruneOutcome outcome = await pruner.RunAsync(cancellationToken);
            if (outcome.KeptPacks > 0) callbacks.OnMessage?.Invoke($"{outcome.KeptPacks} packs of which nothing is needed are kept for a while, as was asked for; a later run deletes them.");
            if (outcome.WaitingFor.Length > 0) callbacks.OnMessage?.Invoke($"{outcome.PendingPacks - outcome.KeptPacks} packs wait for {outcome.WaitingFor.Length} sessions to end; a later run goes on.");
            MaintenanceResult result = new()
            {
                RunId = run.RunId,
                Repository = connected.Reference,
                RepositoryId = connected.Id,
                Operation = "Optimize",
                Status = outcome.WaitingFor.Length == 0 ? "Complete" : "Waiting",
                Started = run.Started,
                Duration = run.Elapsed,
                SnapshotCount = outcome.SnapshotCount,
                PacksRemoved = outcome.PacksRemoved,
                BytesRemoved = outcome.BytesRemoved,
                PacksRewritten = outcome.PacksRewritten,
                PacksAdded = outcome.PacksAdded,
                BytesAdded = outcome.BytesAdded,
                BytesUnused = outcome.BytesUnused,
                IndexObjectsReplaced = outcome.IndexObjectsReplaced,
                SessionsFenced = outcome.SessionsFenced,
                PendingPacks = outcome.PendingPacks,
                WaitingFor = outcome.WaitingFor,
            };
            return (result, new RunEnd { Status = "Complete", Duration = result.Duration, FileCount = result.PacksRemoved, BytesProcessed = result.BytesRemoved, BytesStored = result.BytesAdded });
        });
    }

    private DeletionRule CreateRule(ConnectedRepository connected, OptimizeRequest request, bool keeps, RunCallbacks callbacks) =>
        new(connected.Repository, context.Time, new CatalogSnapshotMemory(context.Catalog.Seen, connected.Id, keeps, callbacks.OnWarning), request.Abandon);

    private CatalogPrunerMemory Memory(ConnectedRepository connected, string hostId, RunCallbacks callbacks)
    {
        ProcessIdentity process = ProcessIdentity.Current();
        var self = new SweeperRecord { HostName = Environment.MachineName, HostId = hostId, ProcessId = process.ProcessId, ProcessStart = process.Start, Started = context.Now };
        return new CatalogPrunerMemory(context.Catalog.Retirements, new KnownDamage(context, connected.Id, callbacks), connected.Id, self, callbacks);
    }

    private static void Check(OptimizeRequest request)
    {
        if (request.MaxUnusedPercent is not (>= 0 and <= 100)) throw new BackupException(BackupError.InvalidArgument, $"{request.MaxUnusedPercent} is no percentage from 0 to 100.", nameof(OptimizeRequest.MaxUnusedPercent));
        if (request.KeepDeletedFor.Length > 0) _ = Duration.Parse(request.KeepDeletedFor);
    }
}
