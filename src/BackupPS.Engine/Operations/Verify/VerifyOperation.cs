using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>
/// Verifies. Structure: every record opens, every pack is there, and every snapshot finds all that it names. Data: also every byte of every
/// pack is read, and every blob proved. Restore: also the latest snapshot of each policy and host, or the one that was named, is restored
/// into a sandbox, compared and removed.
/// </summary>
internal sealed class VerifyOperation(OperationContext context)
{
    private const string Structure = "Structure", Data = "Data", Restore = "Restore";

    public async Task<IntegrityReport> RunAsync(VerifyRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (request.Level is not (Structure or Data or Restore))
        {
            throw new BackupException(BackupError.InvalidArgument, $"'{request.Level}' is no level of verification; they are {Structure}, {Data} and {Restore}.", request.Level);
        }

        string repositoryName = request.Repository ?? FindPolicy(request.PolicyName).Repository;
        bool partial = request.SnapshotId is not null || request.PolicyName is not null || request.Hosts is not null;
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Verify", Repository = repositoryName, RepositoryId = "", PolicyName = request.PolicyName ?? "", Type = request.Level });
        callbacks = run.Callbacks;
        (ConnectedRepository connected, Task<EarlyPacks> early) = await run.OpenAsync(() =>
            context.Connections.OpenAsync(repositoryName, request.Secret, callbacks, (store, opened) => EarlyPacks.ReadAsync(store, request.Level == Data && !partial, opened, cancellationToken), cancellationToken));
        await using ConnectedRepository closing = connected;
        var snapshots = new SnapshotStore(connected.Repository, context.Time);
        SnapshotState? only = request.SnapshotId is null ? null : await snapshots.FindAsync(request.SnapshotId, cancellationToken);
        string policyName = only?.Record.PolicyName ?? request.PolicyName ?? "";

        var log = new DamageLog(callbacks);
        run.Begin(connected.Reference, connected.Id, policyName);
        return await run.RunAsync(async () =>
        {
            var scope = new VerifyScope(only?.Record.Id, request.PolicyName, request.Hosts, context.FindKnownHostId());
            List<SnapshotRecord> verified = await VerifyAsync(connected, request.Level, scope, await early, log, callbacks, cancellationToken);
            if (request.Hosts is not null && verified.Count == 0 && log.Count == 0)
            {
                string what = policyName.Length > 0 ? $"snapshot of '{policyName}'" : "snapshot";
                string message = $"'{connected.Reference}' has no {what} of the named hosts: nothing was verified.";
                throw new BackupException(BackupError.SnapshotNotFound, message, connected.Reference);
            }

            IReadOnlyList<SnapshotRecord> read = request.Level == Structure ? [] : verified;
            if (request.Level == Restore) read = await TryRestoreAsync(connected, request, verified, log, callbacks, cancellationToken);
            string[] healed = log.Healed;
            if (healed.Length > 0) callbacks.OnWarning?.Invoke($"{healed.Length} objects, '{healed[0]}' among them, are missing or damaged, and no snapshot is the poorer for it: whatever is needed of them has another copy.");
            callbacks.OnMessage?.Invoke($"Checked {log.ObjectCount} objects{(log.BlobCount > 0 ? $" and recomputed the ids of {log.BlobCount} blobs" : "")}; {log.BytesRead} bytes read, {(log.Count == 0 ? "no damage" : $"{log.Count} damages")}.");
            IntegrityReport report = new()
            {
                RunId = run.RunId,
                Repository = connected.Reference,
                RepositoryId = connected.Id,
                SnapshotId = only?.Record.Id ?? "",
                PolicyName = policyName,
                HostName = [.. verified.Select(static s => s.HostName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                Level = request.Level,
                Status = log.Count == 0 ? "Passed" : "Failed",
                Started = run.Started,
                Duration = run.Elapsed,
                SnapshotCount = verified.Count,
                ObjectCount = log.ObjectCount,
                BlobCount = log.BlobCount,
                BytesRead = log.BytesRead,
                DamageCount = log.Count,
                Damage = [.. log.Damages.Select(static d => d.ToString())],
                DamagedObject = log.Objects,
                AffectedSnapshot = [.. log.Affected.Order(StringComparer.Ordinal)],
                HealedObject = healed,
            };
            return (report, new RunEnd
            {
                Status = log.Count == 0 ? "Complete" : "Failed",
                Duration = report.Duration,
                SnapshotId = report.SnapshotId,
                FileCount = report.ObjectCount,
                BytesProcessed = report.BytesRead,
                FaultCount = log.Count,
                Verified = log.Count == 0 ? [.. read.Select(static r => r.Id)] : [],
            });
        });
    }

    private async Task<List<SnapshotRecord>> VerifyAsync(ConnectedRepository connected, string level, VerifyScope scope, EarlyPacks early, DamageLog log, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Records");
        Repository repository = connected.Repository;
        Dictionary<string, long> present = early.Present;
        var packs = new PackCheck(repository, log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IReadOnlyDictionary<string, int> remembered = new CatalogSnapshotMemory(context.Catalog.Seen, connected.Id, keeps: false, callbacks.OnWarning).Read();
        Task<RecordCheck> reading = Task.Run(() => RecordCheck.ReadAsync(repository, log, scope, remembered, stop.Token), stop.Token);
        Task content = Task.CompletedTask;
        try
        {
            // Packs say themselves what is in them: they are read while the index is.
            if (level == Data && scope.IsWhole) content = packs.CheckContentAsync([.. present.Keys], early.Hashed, reading, context.Options.Workers, callbacks, stop.Token);
            RecordCheck records = await reading;

            // What was kept of an index object that is damaged by now would keep backups from saving again what only it lists.
            if (records.DamagedIndexes.Count > 0) repository.IndexCache.Clear();
            List<SnapshotRecord> snapshots = [.. records.Snapshots.Where(scope.Has)];
            using var check = new SnapshotCheck(repository, records.Index, log);
            callbacks.OnMessage?.Invoke($"{records.Described.Count} packs are in the index, {present.Count} in the store. Snapshots to verify at level {level}: {snapshots.Count}.");
            callbacks.OnPhase?.Invoke("Snapshots");
            List<string> added = [];
            if (scope.IsWhole)
            {
                added = await packs.CheckPresenceAsync(records.Described, null, present, cancellationToken);

                // What is read to the last byte tells itself.
                packs.CheckObstacles(early, records.Described, level == Data);
            }

            int known = log.PlaceCount;
            await CheckSnapshotsAsync(check, snapshots, log, content.IsCompleted ? callbacks : callbacks with { Progress = null }, cancellationToken);
            if (!scope.IsWhole)
            {
                // What a part of the snapshots needs is known only when their trees are read; what the others need is no concern of it.
                HashSet<string> needed = check.FindNeededPacks();
                await packs.CheckPresenceAsync(records.Described, needed, present, cancellationToken);
                added = [.. needed.Order(StringComparer.Ordinal)];
            }

            if (level == Data) callbacks.OnPhase?.Invoke("Content");
            await content;
            if (level == Data)
            {
                await packs.CheckContentAsync(added, early.Hashed, reading, context.Options.Workers, callbacks, cancellationToken);
                await packs.CheckGoneAsync(records.Described, present, cancellationToken);
            }

            // Damage that was found since may touch snapshots after all.
            if (log.PlaceCount > known) await CheckSnapshotsAsync(check, snapshots, log, callbacks, cancellationToken);
            log.Settle(pack => !records.MissesSnapshots && records.Described.ContainsKey(pack) && check.CanDoWithout(pack));

            // Where something is in no index, one that cannot be read may be the reason.
            if (!scope.IsWhole && check.LacksBlobs) foreach (BackupFault index in records.DamagedIndexes) log.Add(index.Error, index.Path, index.Reason);
            IReadOnlyCollection<string>? proved = level != Data ? [] : scope.IsWhole ? null : added;
            new KnownDamage(context, connected.Id, callbacks).Update(log.UnreadablePacks, proved);
            return snapshots;
        }
        catch
        {
            // The store is closed behind this: nothing may go on reading it.
            await stop.CancelAsync();
            await Task.WhenAll(reading, content).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

            // Whether anybody needs what was found is not known: all of it is told.
            log.Settle(static _ => false);
            throw;
        }
    }

    private static async Task CheckSnapshotsAsync(SnapshotCheck check, List<SnapshotRecord> snapshots, DamageLog log, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        check.Begin();
        long done = 0;
        foreach (SnapshotRecord snapshot in snapshots)
        {
            if (await check.CheckAsync(snapshot, cancellationToken)) log.AddAffected(snapshot.Id);
            callbacks.Progress?.Report(new OperationProgress("Verifying snapshots", ++done, snapshots.Count, log.BytesRead, 0, snapshot.Id));
        }
    }

    private async Task<IReadOnlyList<SnapshotRecord>> TryRestoreAsync(ConnectedRepository connected, VerifyRequest request, List<SnapshotRecord> snapshots, DamageLog log, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Restore");

        // A drill restores what would be restored after a disaster: of each policy and host the latest.
        List<SnapshotRecord> latest = [.. snapshots.GroupBy(static s => (s.PolicyName.ToUpperInvariant(), s.HostId)).Select(g => g.MaxBy(s => (SnapshotAge.Effective(s.Time, context.Now), s.Sequence))!)];
        string workPath = request.WorkPath ?? Path.GetTempPath();
        foreach (SnapshotRecord record in latest)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int before = log.Count;
            using SandboxFolder sandbox = SandboxFolder.Create(context.FileSystem, workPath, context.Ids.Next());
            var restore = new RestoreRequest { Repository = connected.Reference, Secret = request.Secret, SnapshotId = record.Id, Destination = sandbox.Path, Verify = true };
            RestoreResult result = await new RestoreOperation(context).RunAsync(restore, callbacks with { OnFault = fault => log.Add(fault.Error, "", $"{PathText.ToDisplay(fault.Path)}: {fault.Reason}"), OnPhase = null }, cancellationToken);
            await using SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, connected.Reference, request.Secret, record.Id, null, null, cancellationToken);
            await new RestoredTreeCheck(context.FileSystem, (path, how) => log.Add(BackupError.VerifyFailed, "", $"{PathText.ToDisplay(path)}: {how}")).RunAsync(snapshot, sandbox.Path, cancellationToken);
            callbacks.OnMessage?.Invoke($"The trial restore of snapshot {record.Id} wrote {result.FilesRestored} items with {result.BytesRestored} bytes, which were read back and compared.");
            if (log.Count > before) log.AddAffected(record.Id);
        }

        return latest;
    }

    private BackupPolicy FindPolicy(string? policyName) => policyName is null
        ? throw new BackupException(BackupError.InvalidArgument, "Neither a repository nor a policy was named.")
        : context.Catalog.Policies.Find(policyName) ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{policyName}'.", policyName);
}
