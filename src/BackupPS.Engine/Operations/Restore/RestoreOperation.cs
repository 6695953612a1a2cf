using System.Threading.Channels;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Restores a snapshot, or some of its items, into a folder: counts first, then writes.</summary>
internal sealed class RestoreOperation(OperationContext context)
{
    // Batches between the walk through the tree and the workers: some folders ahead, no more, since each folder is held open.
    private const int QueuedBatches = 32;

    /// <summary>What a restore would do.</summary>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (request.InPlace) return await new InPlaceOperation(context).PlanAsync(request, callbacks, cancellationToken);
        Check(context, request);
        await using SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, request, keepsIndex: false, callbacks, cancellationToken);
        ThrowIfUnfinished(request, snapshot, callbacks);
        RestoreOutcome.TellOf(snapshot.State.Record, SnapshotLack.Concerns(context, snapshot.State.Record, request), callbacks.OnWarning);
        RestoreEstimate estimate = await EstimateAsync(request, snapshot, callbacks, callbacks.OnFault, cancellationToken);
        return new RestorePlan
        {
            SnapshotId = snapshot.State.Record.Id,
            HostName = snapshot.State.Record.HostName,
            Destination = request.Destination,
            FilesToRestore = estimate.FilesToRestore,
            FilesToSkip = estimate.FilesToSkip,
            DirectoryCount = estimate.Directories,
            FilesDifferent = estimate.FilesDifferent,
            BytesToRestore = estimate.Bytes,
        };
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreResult> RunAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (request.InPlace) return await new InPlaceOperation(context).RunAsync(request, callbacks, cancellationToken);
        OpenedItems.CloseLeft(context, callbacks.OnWarning);
        Check(context, request);
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Restore", Repository = request.Repository ?? "", RepositoryId = "", PolicyName = request.PolicyName ?? "" });
        callbacks = run.Callbacks;
        await using SnapshotReading snapshot = await run.OpenAsync(() => SnapshotReading.OpenAsync(context, request, keepsIndex: true, callbacks, cancellationToken));
        run.Begin(snapshot.Reference, snapshot.RepositoryId, snapshot.State.Record.PolicyName);
        var faults = new FaultLog(callbacks.OnFault);
        var different = new DifferentItems();
        bool lacks = SnapshotLack.Concerns(context, snapshot.State.Record, request);
        var outcome = new RestoreOutcome(snapshot.State.Record, lacks, request, faults, different);
        return await run.RunAsync(async () =>
        {
            ThrowIfUnfinished(request, snapshot, callbacks);
            RestoreCounters counters;
            RestoreOutcome.TellOf(snapshot.State.Record, lacks, callbacks.OnWarning);
            try
            {
                counters = await RestoreAsync(run.RunId, request, snapshot, faults, different, callbacks, cancellationToken);
                if (faults.Kept.FirstOrDefault(static f => f.Error == BackupError.BlobMissing || f.Error == BackupError.ObjectMissing) is { } missing)
                {
                    // One by one they are faults; a snapshot that is gone is the reason of them all.
                    var told = new BackupException(missing.Error, missing.Reason, missing.Path);
                    if (await snapshot.ExplainAsync(told, context.Time, cancellationToken) is var reason && reason.Error == BackupError.SnapshotRemoved) throw reason;
                }
            }
            catch (BackupException e)
            {
                throw await snapshot.ExplainAsync(e, context.Time, cancellationToken);
            }
            catch (PlatformException e)
            {
                throw TargetFailure.From(e, request.Destination);
            }

            outcome.Tell(callbacks);
            var result = new RestoreResult
            {
                RunId = run.RunId,
                SnapshotId = snapshot.State.Record.Id,
                SnapshotStatus = snapshot.State.Record.Status,
                Repository = snapshot.Reference,
                PolicyName = snapshot.State.Record.PolicyName,
                HostName = snapshot.State.Record.HostName,
                Destination = request.Destination,
                Status = outcome.Status,
                Started = run.Started,
                Duration = run.Elapsed,
                FilesRestored = counters.Restored,
                FilesSkipped = counters.Skipped,
                FilesDifferent = different.Count,
                DirectoryCount = counters.Directories,
                BytesRestored = counters.Bytes,
                Verified = outcome.Verified,
                FaultCount = faults.Count,
                Faults = faults.Lines,
                Different = different.Lines,
            };
            return (result, new RunEnd
            {
                Status = result.Status,
                Duration = result.Duration,
                SnapshotId = result.SnapshotId,
                FileCount = result.FilesRestored,
                BytesProcessed = result.BytesRestored,
                FaultCount = faults.Count,
            });
        });
    }

    /// <summary>What can be wrong with a request whatever the snapshot holds.</summary>
    public static void Check(OperationContext context, RestoreRequest request)
    {
        OverwriteRule.Check(request.Overwrite);
        new RepositoryGrounds(context.Catalog).Refuse(request.Destination, "What is restored");
        DestinationFolder.Check(request.Destination);
    }

    private void ThrowIfUnfinished(RestoreRequest request, SnapshotReading snapshot, RunCallbacks callbacks) =>
        new UnfinishedRestores(context, new RestoreRecords(new HomeFolder(context.Options.HomeFolder))).ThrowIfAny(
            request.Destination,
            RestoreArea.SourcesOf(request, snapshot.State.Record),
            callbacks.OnWarning);

    private async Task<RestoreEstimate> EstimateAsync(
        RestoreRequest request,
        SnapshotReading snapshot,
        RunCallbacks callbacks,
        Action<BackupFault>? onConflict,
        CancellationToken cancellationToken)
    {
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        var estimate = new RestoreEstimate(context.FileSystem, request.Overwrite, onConflict);

        // Damage is told by the restore itself, item by item.
        bool isWhole = true;
        await estimate.CountAsync(
            new SnapshotItems(snapshot.Trees).EnumerateAsync(snapshot.Root, selection, below: true, (_, _) => isWhole = false, cancellationToken),
            request.Destination,
            cancellationToken);
        MissingItems.Tell(selection, snapshot.State.Record.Id, isWhole, callbacks.OnFault);
        return estimate;
    }

    // What there is to restore at most, and whether it fits.
    private async Task<(long Items, long Bytes)> CheckSpaceAsync(RestoreRequest request, SnapshotReading snapshot, FaultLog faults, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        // The sum in the record counts holes, and each name of a file: where all that fits, the trees need not be read twice. A record without
        // totals says nothing.
        SnapshotRecord record = snapshot.State.Record;
        long? free = RestoreEstimate.FreeSpace(context.FileSystem, request.Destination);
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        if (selection is { IsEverything: true, LooksForMore: false } && record.Bytes > 0 && !(free < record.Bytes)) return (record.FileCount, record.Bytes);

        RestoreEstimate estimate = await EstimateAsync(request, snapshot, callbacks with { OnFault = faults.Add }, onConflict: null, cancellationToken);
        if (free < estimate.Bytes)
        {
            throw new BackupException(BackupError.NotEnoughSpace, $"The restore needs {estimate.Bytes} bytes; '{PathText.ToDisplay(request.Destination)}' has {free} free.", request.Destination);
        }

        return (estimate.FilesToRestore, estimate.Bytes);
    }

    private async Task<RestoreCounters> RestoreAsync(
        string runId,
        RestoreRequest request,
        SnapshotReading snapshot,
        FaultLog faults,
        DifferentItems different,
        RunCallbacks callbacks,
        CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Plan");
        (long totalItems, long totalBytes) = await CheckSpaceAsync(request, snapshot, faults, callbacks, cancellationToken);

        callbacks.OnPhase?.Invoke("Write");
        bool syncsEach = Writeback.AreFew(totalItems, totalBytes);
        using var opened = new OpenedItems(context, runId, request.Destination, callbacks.OnWarning);
        using IFolder destination = opened.OpenDestination(() => DestinationFolder.Open(context.FileSystem, request.Destination, syncsEach));
        callbacks.OnMessage?.Invoke($"{snapshot.Describe()}.");
        callbacks.OnMessage?.Invoke($"Restoring {totalItems} items ({totalBytes} bytes) to '{PathText.ToDisplay(request.Destination)}', -Overwrite {request.Overwrite}.");
        var counters = new RestoreCounters();
        var writeback = new Writeback(destination, counters, syncsEach);
        var owners = new OwnerMap(context.FileSystem.Accounts, request.NumericOwner);
        var metadata = new MetadataRestorer(snapshot.Trees, owners, faults, counters);
        var finisher = new FolderFinisher(request, metadata, opened, counters, faults, writeback);
        var restorer = new ItemRestorer(
            request,
            destination,
            new ContentWriter(snapshot.Blobs, snapshot.Trees, counters, writeback),
            metadata,
            counters,
            faults,
            different,
            writeback,
            opened,
            finisher.Finish,
            content => snapshot.Repository.Keys.ComputeId(BlobKind.Data, content.Span));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var jobs = Channel.CreateBounded<RestoreBatch>(new BoundedChannelOptions(QueuedBatches) { SingleWriter = true });
        var total = new OperationProgress("Restoring", 0, totalItems, 0, totalBytes, "");
        RestoreFolder top = RestoreFolder.ForDestination(destination, request.Overwrite, opened, context.FileSystem.Accounts);
        Task walking = Guard(WalkAsync(request, snapshot, top, finisher, faults, jobs.Writer, stop.Token), stop);
        Task[] workers = [.. Enumerable.Range(0, context.Options.Workers).Select(_ => Guard(Task.Run(() => WorkAsync(jobs.Reader, restorer, writeback, total, counters, callbacks, stop.Token), CancellationToken.None), stop))];
        try
        {
            await WhenAllAsync([walking, .. workers]);
        }
        finally
        {
            // At once, so that the destination can be unmounted.
            top.Abandon();
        }

        // From here on everything survives a loss of power.
        callbacks.OnPhase?.Invoke("Barrier");
        await writeback.FinishAsync();
        callbacks.OnMessage?.Invoke($"Wrote {counters.Restored} items with {counters.Bytes} bytes and {counters.Directories} folders, and left {counters.Skipped} items alone; all of it is on the disk.");
        owners.Tell(snapshot.State.Record.HostName, callbacks.OnWarning);
        counters.Losses.Tell(callbacks.OnWarning);
        if (counters.OwnersLeft > 0) callbacks.OnWarning?.Invoke($"{counters.OwnersLeft} items belong to the account that restored them: only root can give them to their owners.");
        if (counters.AttributesLeft > 0) callbacks.OnWarning?.Invoke($"{counters.AttributesLeft} items have attributes that only root can set; they were left out.");
        return counters;
    }

    private async Task WalkAsync(
        RestoreRequest request,
        SnapshotReading snapshot,
        RestoreFolder top,
        FolderFinisher finisher,
        FaultLog faults,
        ChannelWriter<RestoreBatch> batches,
        CancellationToken cancellationToken)
    {
        var folders = new Stack<RestoreFolder>();

        // The walk holds the destination open until the end, and closes it itself.
        folders.Push(top);
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        IAsyncEnumerable<TreeItem> items = new SnapshotItems(snapshot.Trees).EnumerateAsync(snapshot.Root, selection, below: true, (path, e) => faults.Add(e.Error, path, e.Message), cancellationToken);
        RestoreBatch? batch = null;
        await foreach (TreeItem item in items)
        {
            bool isFolder = item.Entry.Kind == ItemKind.Directory;
            bool left = folders.Count > item.Depth + 1;
            if (batch is not null && (isFolder || left || batch.IsFull))
            {
                await batches.WriteAsync(batch, cancellationToken);
                batch = null;
            }

            while (folders.Count > item.Depth + 1) folders.Pop().Release(finisher.Finish);
            RestoreFolder parent = folders.Peek();
            if (isFolder)
            {
                RestoreFolder folder = parent.Below(item.Path, item.Entry, item.Selected && !item.Entry.Ancestor);
                folders.Push(folder);
                if (item.Selected) TryMake(folder, faults);
                parent.Rest();
            }
            else
            {
                parent.Expect();
                (batch ??= new RestoreBatch()).Add(new RestoreJob(parent, item.Folder, item.Entry));
            }
        }

        if (batch is not null) await batches.WriteAsync(batch, cancellationToken);
        while (folders.Count > 1) folders.Pop().Release(finisher.Finish);
        batches.Complete();
    }

    private static void TryMake(RestoreFolder folder, FaultLog faults)
    {
        try
        {
            folder.Open();
        }
        catch (BackupException e)
        {
            faults.Add(e.Error, folder.Path, e.Message);
        }
    }

    private static async Task WorkAsync(ChannelReader<RestoreBatch> batches, ItemRestorer restorer, Writeback writeback, OperationProgress total, RestoreCounters counters, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        await foreach (RestoreBatch batch in batches.ReadAllAsync(cancellationToken))
        {
            foreach (RestoreJob job in batch.Jobs)
            {
                // A channel hands out what it holds without looking at the token.
                cancellationToken.ThrowIfCancellationRequested();
                await restorer.RestoreAsync(job, cancellationToken);
            }

            writeback.Begin();
            callbacks.Progress?.Report(total with
            {
                ItemsDone = Interlocked.Read(ref counters.Restored) + Interlocked.Read(ref counters.Skipped),
                BytesDone = Interlocked.Read(ref counters.Bytes),
                Current = batch.Jobs[^1].Path,
            });
        }
    }

    // What fails in one task stops the others.
    private static async Task Guard(Task task, CancellationTokenSource stop)
    {
        try
        {
            await task;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    // The cause comes first, not a cancellation that followed from it.
    private static async Task WhenAllAsync(Task[] tasks)
    {
        Task all = Task.WhenAll(tasks);
        try
        {
            await all;
        }
        catch (OperationCanceledException) when (Array.Exists(tasks, static t => t.IsFaulted))
        {
            await Array.Find(tasks, static t => t.IsFaulted)!;
        }
    }
}
