using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Completes a restore in place that was interrupted, or puts everything back as it was. Needs no repository. Rolling back ends it in any case: what cannot
/// be put back, because its file system is gone or something refuses, is a fault, and what was kept of it stays in a folder that the fault names.
/// </summary>
internal sealed class RecoveryOperation(OperationContext context)
{
    /// <param name="destination">The destination of that restore, or the folder with its work folder.</param>
    /// <param name="complete">Whether it is completed; else it is rolled back.</param>
    /// <param name="callbacks">Told of faults.</param>
    /// <param name="cancellationToken">Ends the call; it can be called again.</param>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreNotFound"/>, <see cref="BackupError.RestoreBusy"/>, <see cref="BackupError.RestoreUnfinished"/>.</exception>
    public async Task<RestoreResult> RunAsync(string destination, bool complete, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        var unfinished = new UnfinishedRestores(context, new RestoreRecords(new HomeFolder(context.Options.HomeFolder)));
        LeftWork left = unfinished.FindOne(destination);
        using JournaledRestore? restore = TryOpen(unfinished, left, destination, complete, out BackupException? lost);
        JournalHeader? header = restore?.Header;
        var run = new RunRecorder(
            context,
            callbacks,
            new RunStart
            {
                Operation = "Restore",
                Repository = header?.Repository ?? "",
                RepositoryId = header?.RepositoryId ?? "",
                PolicyName = header?.PolicyName ?? "",
            });
        callbacks = run.Callbacks;
        if (restore is not null) Warn(restore, complete, callbacks);
        if (lost is not null) callbacks.OnWarning?.Invoke($"{lost.Message} Nothing is put back; what was kept stays.");
        var faults = new FaultLog(callbacks.OnFault);
        return await run.RunAsync(() =>
        {
            callbacks.OnPhase?.Invoke("Replace");
            string what = "given up";
            using OpenedItems? opened = header is null ? null : OpenedItems.TakeOver(context, header.RunId, header.Destination, callbacks.OnWarning);
            if (restore is null)
            {
                unfinished.GiveUp(left, faults);
            }
            else
            {
                restore.Opened = opened;
                what = UnfinishedRestores.Settle(restore, complete, givesUp: !complete, faults, cancellationToken);
            }

            bool lacks = what == "completed" && Lacks(header!.RunId, callbacks.OnWarning);
            var result = new RestoreResult
            {
                RunId = run.RunId,
                SnapshotId = header?.SnapshotId ?? "",
                Repository = header?.Repository ?? "",
                PolicyName = header?.PolicyName ?? "",
                Destination = header?.Destination ?? destination,
                Status = faults.Count > 0 || what == "given up" || lacks ? "Incomplete" : what == "rolled back" ? "RolledBack" : "Complete",
                Started = run.Started,
                Duration = run.Elapsed,
                InPlace = true,
                FaultCount = faults.Count,
                Faults = faults.Lines,
            };
            return Task.FromResult((result, new RunEnd
            {
                Status = faults.Count == 0 && !lacks ? "Complete" : "Incomplete",
                Duration = result.Duration,
                SnapshotId = result.SnapshotId,
                FaultCount = faults.Count,
            }));
        });
    }

    // What the interrupted restore had found before it began to replace: that it could not bring all, and why.
    private bool Lacks(string runId, Action<string>? onWarning)
    {
        try
        {
            IReadOnlyList<BackupEvent> events = context.Catalog.Events.List(new EventQuery { RunId = runId });
            if (!RestoreOutcome.IsNoted(events)) return false;
            foreach (BackupEvent told in events.Where(static e => e.Kind == BackupEventKind.Warning)) onWarning?.Invoke(told.Message);
            int failed = events.Count(static e => e.Kind == BackupEventKind.Fault);
            if (failed > 0) onWarning?.Invoke($"{failed} items could not be restored before it was interrupted; the events of the run {runId} name them.");
            return true;
        }
        catch (BackupException)
        {
            // It ran on another host, or the catalog was lost.
            return false;
        }
    }

    private static JournaledRestore? TryOpen(UnfinishedRestores unfinished, LeftWork left, string destination, bool complete, out BackupException? lost)
    {
        lost = null;
        try
        {
            return unfinished.Open(left, destination);
        }
        catch (BackupException e) when (!complete && e.Error == BackupError.RestoreUnfinished)
        {
            lost = e;
            return null;
        }
    }

    private static void Warn(JournaledRestore restore, bool complete, RunCallbacks callbacks)
    {
        if (!complete && restore.Mark == JournalMark.Done) callbacks.OnWarning?.Invoke("The restore had replaced everything already: it is completed, and cannot be rolled back any more.");
        if (complete && restore.Mark is JournalMark.Building or JournalMark.RollingBack or JournalMark.RolledBack && !restore.Header.AtOnce)
        {
            callbacks.OnWarning?.Invoke(
                "The restore had replaced nothing, or was being rolled back: everything is as it was before. Run Restore-Backup -InPlace again.");
        }

        if (restore.Header.AtOnce) callbacks.OnWarning?.Invoke("The restore ran with -NoRollback: what it has replaced stays. Run it again to complete it.");
    }
}
