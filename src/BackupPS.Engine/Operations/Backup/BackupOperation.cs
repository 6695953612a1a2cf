using System.Reflection;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Index;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Operations.Verify;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Policies;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Backs up: plans by walking, or walks and saves; commits; verifies where the policy says so.</summary>
internal sealed class BackupOperation(OperationContext context)
{
    private static readonly string Program = "BackupPS " + typeof(BackupOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    /// <summary>What a backup would do. Reads the repository and the metadata of the sources; writes nothing.</summary>
    public async Task<BackupPlan> PlanAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        BackupJob job = BackupJob.From(request, context.Catalog.Policies.Find);
        SourceNode sources = SourceNode.Build(job.Source);
        var filter = new SourceFilter(job.Filter, context.FileSystem);
        await using SourceScan scan = SourceScan.Start(context.FileSystem, filter, sources, readsAttributes: false, cancellationToken);
        await using ConnectedRepository connected = await context.Connections.OpenAsync(job.Repository, request.Secret, callbacks, cancellationToken);
        Repository repository = connected.Repository.With(connected.Repository.IndexCache.ReadOnly());
        SnapshotLineage lineage = await ChooseLineageAsync(repository, job, sources, context.FindKnownHostId() ?? "", new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id, SnapshotRecordCache.Never), callbacks, cancellationToken);
        BlobIndex index = await IndexLoader.LoadForWritingAsync(repository, (await RetiredPacks.LoadAsync(repository, cancellationToken)).All, callbacks.OnWarning, cancellationToken);
        index.Hide(new KnownDamage(context, connected.Id, callbacks).Read());
        using var blobs = new BlobReader(repository, index, ParentTrees.CacheLength);
        var counters = new BackupCounters();
        ParentTrees? parent = lineage.Parent is null ? null : new ParentTrees(new TreeReader(blobs), callbacks.OnWarning, cancellationToken);
        using var target = new PlanTarget(index, counters);
        var walk = new SourceWalk(context.FileSystem, scan, new EntryFactory(context.FileSystem.Accounts), parent, target, counters, new FaultLog(callbacks.OnFault), cancellationToken);
        await walk.RunAsync(sources, RootOf(lineage.Parent));
        var faults = new FaultLog(callbacks.OnFault);
        TellLinks(job, sources, faults, callbacks);
        await new EmptySourceCheck(new TreeReader(blobs), faults).RunAsync(sources, lineage.LatestComplete, cancellationToken);
        return new BackupPlan
        {
            PolicyName = job.PolicyName,
            Repository = connected.Reference,
            Type = lineage.Type,
            ParentId = lineage.Parent?.Id ?? "",
            FilesNew = counters.FilesNew,
            FilesChanged = counters.FilesChanged,
            FilesRemoved = counters.FilesRemoved,
            FilesUnchanged = counters.FilesUnchanged,
            FilesToRead = counters.FilesToRead,
            BytesToRead = counters.BytesToRead,
        };
    }

    /// <summary>Makes one snapshot.</summary>
    public async Task<BackupResult> RunAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        BackupJob job = BackupJob.From(request, context.Catalog.Policies.Find);
        SourceNode sources = SourceNode.Build(job.Source);
        var filter = new SourceFilter(job.Filter, context.FileSystem);
        using PolicyLock? policyLock = await LockAsync(job, request.Wait, callbacks, cancellationToken);

        // It needs nothing of the repository: deriving a key from a password alone takes as long as looking at some hundred thousand items.
        await using SourceScan scan = SourceScan.Start(context.FileSystem, filter, sources, readsAttributes: true, cancellationToken);
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Backup", Repository = job.Repository, RepositoryId = "", PolicyName = job.PolicyName, Type = job.Type == "Auto" ? "" : job.Type });
        callbacks = run.Callbacks;
        await using ConnectedRepository connected = await run.OpenAsync(() => context.Connections.OpenForWritingAsync(job.Repository, request.Secret, callbacks, cancellationToken));
        run.Begin(connected.Reference, connected.Id);

        var faults = new FaultLog(callbacks.OnFault);
        foreach (BackupFault fault in request.SourceFaults) faults.Add(fault);
        return await run.RunAsync(async () =>
        {
            SavedSnapshot saved = await SaveAsync(connected, job, sources, filter, scan, request.VerifyStored, faults, run, callbacks, cancellationToken);
            IntegrityReport? report = null;
            if (job.Verify != "None")
            {
                callbacks.OnPhase?.Invoke("Verify");
                callbacks.OnMessage?.Invoke($"Verifying the snapshot as its policy says: {job.Verify}.");

                // It may end with an exception, and the head would go with it.
                saved = RememberHead(connected, saved, callbacks);
                var verify = new VerifyRequest { Repository = job.Repository, Secret = request.Secret, SnapshotId = saved.Record.Id, Level = job.Verify };
                report = await VerifyAsync(verify, callbacks with { OnFault = faults.Add, OnPhase = null }, cancellationToken);
            }

            BackupResult result = ToResult(saved, report, wasVerified: job.Verify != "None", connected, faults, run);
            return (result, new RunEnd
            {
                Status = result.Status,
                Duration = result.Duration,
                SnapshotId = result.SnapshotId,
                Type = result.Type,
                FileCount = saved.Record.FileCount,
                BytesProcessed = result.BytesRead,
                BytesStored = result.BytesStored,
                FaultCount = faults.Count,
                Head = saved.Head,
            });
        });
    }

    // The snapshot stands: what hinders its verification is a fault of the run, and no more.
    private async Task<IntegrityReport?> VerifyAsync(VerifyRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        try
        {
            return await new VerifyOperation(context).RunAsync(request, callbacks, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            BackupException known = StoreErrors.Translate(e);
            callbacks.OnFault?.Invoke(new BackupFault(known.Error, known.Target.Length > 0 ? known.Target : request.SnapshotId!, $"the snapshot {request.SnapshotId} is committed, and could not be verified: {known.Message}"));
            return null;
        }
    }

    private async Task<SavedSnapshot> SaveAsync(ConnectedRepository connected, BackupJob job, SourceNode sources, SourceFilter filter, SourceScan scan, bool verifyStored, FaultLog faults, RunRecorder run, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Prepare");
        Repository repository = connected.Repository;
        var cache = new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id, SnapshotRecordCache.Many);
        string hostId = context.FindHostId(callbacks);
        SnapshotLineage lineage = await ChooseLineageAsync(repository, job, sources, hostId, cache, callbacks, cancellationToken);
        callbacks.OnMessage?.Invoke($"{lineage.Type} backup of {string.Join(", ", sources.Sources().Select(PathText.ToDisplay))} to '{connected.Reference}': {lineage.Reason}.");
        if (lineage.Parent is { } parentRecord)
        {
            callbacks.OnMessage?.Invoke($"Its parent is snapshot {parentRecord.Id} of {parentRecord.Time:u}, {parentRecord.Type}, with {parentRecord.FileCount} files: those that are as they were, by size, times and inode, are not read again, unless they were written within 2 seconds of that.");
        }

        var session = new SessionRecord
        {
            HostName = context.Options.Machine().HostName,
            HostId = hostId,
            UserName = Environment.UserName,
            ProcessId = Environment.ProcessId,
            PolicyName = job.PolicyName,
            Started = run.Started,
        };
        var damage = new KnownDamage(context, connected.Id, callbacks);
        IReadOnlySet<string> damaged = damage.Read();
        if (damaged.Count > 0) callbacks.OnMessage?.Invoke($"{damaged.Count} packs are known to be damaged: what this run needs of them is stored again.");
        await using RepositoryWriter writer = await RepositoryWriter.BeginAsync(repository, session, context.Ids, context.Time, callbacks.OnWarning, cancellationToken, damaged, verifyStored);
        callbacks.OnMessage?.Invoke($"The repository has {writer.Index.Count} blobs in {writer.Index.Packs.Count} packs, which are not stored again.");
        using var execution = new BackupExecution(repository, writer, new EntryFactory(context.FileSystem.Accounts), faults, context.Time, context.Options.Workers, callbacks);
        using var blobs = new BlobReader(repository, writer.Index, ParentTrees.CacheLength) { OnDamage = writer.Stored.Distrust };
        ParentTrees? parent = lineage.Parent is null ? null : new ParentTrees(new TreeReader(blobs), callbacks.OnWarning, writer.Stopped);
        BlobId root;
        try
        {
            root = await execution.RunAsync(sources, scan, context.FileSystem, parent, RootOf(lineage.Parent));
            TellLinks(job, sources, faults, callbacks);
            TellOwnRepository(connected, sources, filter, callbacks);
            await new EmptySourceCheck(new TreeReader(blobs), faults).RunAsync(sources, lineage.LatestComplete, cancellationToken);
            await writer.Stored.SpotCheckAsync(cancellationToken);
            if (writer.Stored.DamagedPacks.Count > 0) await writer.Session.ThrowIfFencedAsync(cancellationToken);
        }
        catch
        {
            await writer.AbandonAsync();
            throw;
        }

        TellDamage(writer.Stored, damage, faults, callbacks);
        BackupCounters counters = execution.Counters;
        callbacks.OnMessage?.Invoke($"Found {counters.Files} files and {counters.Directories} folders: {counters.FilesNew} new files, {counters.FilesChanged} changed, {counters.FilesRemoved} removed, {counters.FilesUnchanged} unchanged; filters left out {counters.Excluded} items.");
        callbacks.OnMessage?.Invoke($"Read {counters.FilesRead} files with {counters.BytesRead} bytes: {writer.BytesAdded} bytes of content and folders were new to the repository, and are {writer.BytesStored} bytes in {writer.PacksStored} packs.");
        if (counters.Files == 0 && faults.Count == 0)
        {
            callbacks.OnWarning?.Invoke($"The snapshot holds no file: {(counters.Excluded > 0 ? "everything is excluded" : "the sources are empty; are their file systems mounted?")} ({string.Join(", ", sources.Sources().Select(PathText.ToDisplay))})");
        }

        var record = new SnapshotRecord
        {
            Id = writer.Session.Id,
            Time = run.Started,
            HostName = session.HostName,
            HostId = session.HostId,
            UserName = session.UserName,
            PolicyName = job.PolicyName,
            Source = [.. sources.Sources().Select(PathText.Escape)],
            Type = lineage.Type,
            Status = faults.Count == 0 ? "Complete" : "Incomplete",
            ParentId = lineage.Parent?.Id ?? "",
            PredecessorId = lineage.Predecessor?.Id ?? "",
            Sequence = lineage.Sequence,
            Root = root.ToString(),
            Tag = [.. job.Tag],
            FileCount = counters.Files,
            DirectoryCount = counters.Directories,
            Bytes = counters.Bytes,
            FilesNew = counters.FilesNew,
            FilesChanged = counters.FilesChanged,
            FilesRemoved = counters.FilesRemoved,
            FilesUnchanged = counters.FilesUnchanged,
            BytesRead = counters.BytesRead,
            BytesAdded = writer.BytesAdded,
            BytesStored = writer.BytesStored,
            FaultCount = faults.Count,
            Program = Program,
        };
        callbacks.OnPhase?.Invoke("Commit");
        await writer.Session.CommitAsync(record, cancellationToken);
        run.CommittedId = record.Id;

        // The snapshot stands: whatever fails from here on, the run has succeeded.
        await EndSessionAsync(writer.Session, callbacks);
        RememberedHead? head = await CheckHeadAsync(connected, record, callbacks);
        callbacks.OnMessage?.Invoke($"Snapshot {record.Id} is committed: {record.Status}.");
        return new SavedSnapshot(record, counters, head);
    }

    // What was relied on before it turned out to be damaged is not stored by this run: it must not pass for complete, and the next run stores it.
    private static void TellDamage(StoredBlobs stored, KnownDamage damage, FaultLog faults, RunCallbacks callbacks)
    {
        if (stored.ProvedCount > 0) callbacks.OnMessage?.Invoke($"{stored.ProvedCount} blobs that the repository has were read and proved.");
        if (stored.DamagedPacks.Count == 0) return;
        damage.Update(stored.DamagedPacks, []);
        foreach (string pack in stored.ReliedOnDamage)
        {
            faults.Add(BackupError.ObjectDamaged, RepositoryLayout.Pack(pack), "this pack turned out to be damaged after the run had relied on what is in it; the next run stores that again where the sources still have it");
        }
    }

    // A source of a policy is there to be saved: one that has become a link to somewhere else must not pass for complete, or retention would
    // remove every snapshot that still has its content. Links that are named for this one run, as by a filter along a pipeline, are links.
    private static void TellLinks(BackupJob job, SourceNode sources, FaultLog faults, RunCallbacks callbacks)
    {
        foreach (string way in sources.LinksOnTheWay()) callbacks.OnMessage?.Invoke($"'{PathText.ToDisplay(way)}' is a link that leads to a source: it was followed, and is not part of the snapshot. A restore to the former place follows the link that is there then.");
        string[] links = [.. sources.LinksToFolders()];
        if (job.PolicyName.Length > 0)
        {
            foreach (string link in links) faults.Add(BackupError.SourceNotFound, link, "it is a link to a folder, and only the link was saved; name the folder's real path");
        }
        else if (links.Length > 0)
        {
            callbacks.OnWarning?.Invoke($"{links.Length} of the sources, such as '{PathText.ToDisplay(links[0])}', are links to folders: the links are saved, nothing of the folders.");
        }
    }

    // Each run would save what the one before has added, compressed and sealed, so that nothing of it shrinks or repeats.
    private static void TellOwnRepository(ConnectedRepository connected, SourceNode sources, SourceFilter filter, RunCallbacks callbacks)
    {
        string location = connected.Repository.Store.Location;
        if (!Path.IsPathFullyQualified(location)) return;
        string[] segments = SourcePath.Split(location);
        string[] folders = [.. Enumerable.Range(1, segments.Length).Select(n => SourcePath.Combine(segments.Take(n)))];
        string? around = sources.Sources().FirstOrDefault(s => s == SourcePath.Root || folders.Contains(s, StringComparer.Ordinal));
        if (around is null || Array.Exists(folders, f => filter.IsExcluded(f, isFolder: true))) return;
        callbacks.OnWarning?.Invoke($"The repository lies within the source '{PathText.ToDisplay(around)}', and each run saves what the last one added: exclude '{PathText.ToDisplay(location)}'.");
    }

    private static BackupResult ToResult(SavedSnapshot saved, IntegrityReport? report, bool wasVerified, ConnectedRepository connected, FaultLog faults, RunRecorder run) => new()
    {
        RunId = run.RunId,
        SnapshotId = saved.Record.Id,
        Repository = connected.Reference,
        RepositoryId = connected.Id,
        PolicyName = saved.Record.PolicyName,
        Status = report is { Status: not "Passed" } ? "Failed" : wasVerified && report is null ? "Incomplete" : saved.Record.Status,
        Type = saved.Record.Type,
        ParentId = saved.Record.ParentId,
        Started = run.Started,
        Duration = run.Elapsed,
        FilesNew = saved.Record.FilesNew,
        FilesChanged = saved.Record.FilesChanged,
        FilesRemoved = saved.Record.FilesRemoved,
        FilesUnchanged = saved.Record.FilesUnchanged,
        DirectoryCount = saved.Record.DirectoryCount,
        FilesRead = saved.Counters.FilesRead,
        ItemsExcluded = saved.Counters.Excluded,
        Bytes = saved.Record.Bytes,
        BytesRead = saved.Record.BytesRead,
        BytesAdded = saved.Record.BytesAdded,
        BytesStored = saved.Record.BytesStored,
        Retries = run.Retries,
        Verification = report?.Status ?? (wasVerified ? "Unknown" : "NotRun"),
        FaultCount = faults.Count,
        Faults = faults.Lines,
    };

    private async Task<PolicyLock?> LockAsync(BackupJob job, bool wait, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (job.PolicyName.Length == 0) return null;
        PolicyLock? taken = PolicyLock.TryAcquire(context.Options.HomeFolder, job.PolicyName);
        if (taken is not null) return taken;
        if (!wait) throw new BackupException(BackupError.PolicyAlreadyRunning, $"Another run of the policy '{job.PolicyName}' is under way on this host.", job.PolicyName);
        callbacks.OnMessage?.Invoke($"Waiting for another run of the policy '{job.PolicyName}'.");
        return await PolicyLock.AcquireAsync(context.Options.HomeFolder, job.PolicyName, context.Time, cancellationToken);
    }

    private async Task<SnapshotLineage> ChooseLineageAsync(Repository repository, BackupJob job, SourceNode sources, string hostId, ISnapshotRecordCache cache, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        var store = new SnapshotStore(repository, context.Time, cache);
        IReadOnlyList<SnapshotRecord> snapshots = await store.ListRecordsAsync(new SnapshotSelection(hostId, job.PolicyName), e => callbacks.OnWarning?.Invoke(e.Message), cancellationToken);
        return SnapshotLineage.Choose(snapshots, job, [.. sources.Sources()], hostId, context.Now);
    }

    private static async Task EndSessionAsync(WriterSession session, RunCallbacks callbacks)
    {
        try
        {
            await session.EndAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            callbacks.OnWarning?.Invoke($"The snapshot {session.Id} is committed; its session object could not be deleted: {e.Message}");
        }
    }

    // The catalog remembers the newest snapshot that it saw, so that a store that was set back to an older state is noticed.
    private async Task<RememberedHead?> CheckHeadAsync(ConnectedRepository connected, SnapshotRecord record, RunCallbacks callbacks)
    {
        if (record.PolicyName.Length == 0) return null;
        try
        {
            SnapshotHead? seen = context.Catalog.Heads.Find(connected.Id, record.PolicyName, record.HostId);
            if (seen is not null && seen.Sequence >= record.Sequence
                && await connected.Repository.Store.GetLengthAsync(RepositoryLayout.Snapshot(seen.SnapshotId), CancellationToken.None) < 0
                && await connected.Repository.Store.GetLengthAsync(RepositoryLayout.Removal(seen.SnapshotId), CancellationToken.None) < 0)
            {
                callbacks.OnWarning?.Invoke($"The repository '{connected.Reference}' no longer has the snapshot {seen.SnapshotId} of the policy '{record.PolicyName}', and no record of its removal: the store seems to have been set back to an older state.");
            }
        }
        catch (Exception e)
        {
            callbacks.OnWarning?.Invoke($"Whether the store was set back could not be found out: {e.Message}");
        }

        return new RememberedHead(record.HostId, new SnapshotHead(record.Sequence, record.Id));
    }

    private SavedSnapshot RememberHead(ConnectedRepository connected, SavedSnapshot saved, RunCallbacks callbacks)
    {
        if (saved.Head is not { } head) return saved;
        try
        {
            context.Catalog.Heads.Remember(connected.Id, saved.Record.PolicyName, head.HostId, head.Snapshot);
        }
        catch (Exception e)
        {
            callbacks.OnWarning?.Invoke($"The head of the policy's history is not remembered: {e.Message}");
        }

        return saved with { Head = null };
    }

    private static BlobId RootOf(SnapshotRecord? parent) => parent is null ? default : BlobId.Parse(parent.Root);

    private sealed record SavedSnapshot(SnapshotRecord Record, BackupCounters Counters, RememberedHead? Head);
}
