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
        OverwriteRule.Check(request.Overwrite);
        new RepositoryGrounds(context.Catalog).Refuse(request.Destination, "What is restored");
        await using SnapshotReading snapshot = await OpenAsync(request, keepsIndex: false, callbacks, cancellationToken);
        RestoreEstimate estimate = await EstimateAsync(request, snapshot, callbacks, cancellationToken);
        return new RestorePlan
        {
            SnapshotId = snapshot.State.Record.Id,
            HostName = snapshot.State.Record.HostName,
            Destination = request.Destination,
            FilesToRestore = estimate.FilesToRestore,
            FilesToSkip = estimate.FilesToSkip,
            DirectoryCount = estimate.Directories,
            BytesToRestore = estimate.Bytes,
        };
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreResult> RunAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        if (request.InPlace) return await new InPlaceOperation(context).RunAsync(request, callbacks, cancellationToken);
        new UnfinishedRestores(context, new RestoreRecords(new HomeFolder(context.Options.HomeFolder))).ThrowIfAny(request.Destination);
        OverwriteRule.Check(request.Overwrite);
        new RepositoryGrounds(context.Catalog).Refuse(request.Destination, "What is restored");
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Restore", Repository = request.Repository ?? "", RepositoryId = "", PolicyName = request.PolicyName ?? "" });
        callbacks = run.Callbacks;
        await using SnapshotReading snapshot = await run.OpenAsync(() => OpenAsync(request, keepsIndex: true, callbacks, cancellationToken));
        run.Begin(snapshot.Reference, snapshot.RepositoryId, snapshot.State.Record.PolicyName);
        var faults = new FaultLog(callbacks.OnFault);
        return await run.RunAsync(async () =>
        {
            RestoreCounters counters;
            try
            {
                counters = await RestoreAsync(request, snapshot, faults, callbacks, cancellationToken);
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

            var result = new RestoreResult
            {
                RunId = run.RunId,
                SnapshotId = snapshot.State.Record.Id,
                Repository = snapshot.Reference,
                PolicyName = snapshot.State.Record.PolicyName,
                HostName = snapshot.State.Record.HostName,
                Destination = request.Destination,
                Status = faults.Count == 0 ? "Complete" : "Incomplete",
                Started = run.Started,
                Duration = run.Elapsed,
                FilesRestored = counters.Restored,
                FilesSkipped = counters.Skipped,
                DirectoryCount = counters.Directories,
                BytesRestored = counters.Bytes,
                Verified = request.Verify && faults.Count == 0 && counters.Skipped == 0,
                FaultCount = faults.Count,
                Faults = faults.Lines,
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

    private Task<SnapshotReading> OpenAsync(RestoreRequest request, bool keepsIndex, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        SnapshotReading.OpenAsync(context, request.Repository, request.Secret, request.SnapshotId, request.PolicyName, request.At, cancellationToken, keepsIndex, callbacks, request.Hosts);

    private async Task<RestoreEstimate> EstimateAsync(RestoreRequest request, SnapshotReading snapshot, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        var estimate = new RestoreEstimate(context.FileSystem, request.Overwrite);

        // Damage is told by the restore itself, item by item.
        await estimate.CountAsync(new SnapshotItems(snapshot.Trees).EnumerateAsync(snapshot.Root, selection, below: true, static (_, _) => { }, cancellationToken), request.Destination, cancellationToken);
        if (selection.PatternsMatchedNothing)
        {
            throw new BackupException(BackupError.ItemNotFound, $"Nothing in the snapshot {snapshot.State.Record.Id} matches {string.Join(", ", request.Path.Select(PathText.ToDisplay))}.", request.Path[0]);
        }

        foreach (string missing in selection.Missing) callbacks.OnFault?.Invoke(new BackupFault(BackupError.ItemNotFound, missing, $"it is not in the snapshot {snapshot.State.Record.Id}"));
        if (selection.Missing.Count > 0 && estimate.FilesToRestore + estimate.FilesToSkip + estimate.Directories == 0)
        {
            throw new BackupException(BackupError.ItemNotFound, $"None of the named paths is in the snapshot {snapshot.State.Record.Id}.", selection.Missing.First());
        }

        return estimate;
    }

    // What there is to restore at most, and whether it fits.
    private async Task<(long Items, long Bytes)> CheckSpaceAsync(RestoreRequest request, SnapshotReading snapshot, FaultLog faults, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        // The sum in the record counts holes, and each name of a file: where all that fits, the trees need not be read twice. A record without
        // totals says nothing.
        SnapshotRecord record = snapshot.State.Record;
        long? free = RestoreEstimate.FreeSpace(context.FileSystem, request.Destination);
        bool everything = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase).IsEverything;
        if (everything && record.Bytes > 0 && !(free < record.Bytes)) return (record.FileCount, record.Bytes);

        RestoreEstimate estimate = await EstimateAsync(request, snapshot, callbacks with { OnFault = faults.Add }, cancellationToken);
        if (free < estimate.Bytes)
        {
            throw new BackupException(BackupError.NotEnoughSpace, $"The restore needs {estimate.Bytes} bytes; '{PathText.ToDisplay(request.Destination)}' has {free} free.", request.Destination);
        }

        return (estimate.FilesToRestore, estimate.Bytes);
    }

    private async Task<RestoreCounters> RestoreAsync(RestoreRequest request, SnapshotReading snapshot, FaultLog faults, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        callbacks.OnPhase?.Invoke("Plan");
        (long totalItems, long totalBytes) = await CheckSpaceAsync(request, snapshot, faults, callbacks, cancellationToken);

        callbacks.OnPhase?.Invoke("Write");
        bool syncsEach = Writeback.AreFew(totalItems, totalBytes);
        using IFolder destination = DestinationFolder.Open(context.FileSystem, request.Destination, syncsEach);
        callbacks.OnMessage?.Invoke($"{snapshot.Describe()}.");
        callbacks.OnMessage?.Invoke($"Restoring {totalItems} items ({totalBytes} bytes) to '{PathText.ToDisplay(request.Destination)}', -Overwrite {request.Overwrite}.");
        var counters = new RestoreCounters();
        var writeback = new Writeback(destination, counters, syncsEach);
        var owners = new OwnerMap(context.FileSystem.Accounts, request.NumericOwner);
        var metadata = new MetadataRestorer(snapshot.Trees, owners, faults, counters);
        var restorer = new ItemRestorer(request, destination, new ContentWriter(snapshot.Blobs, snapshot.Trees, counters, writeback), metadata, counters, faults, writeback, content => snapshot.Repository.Keys.ComputeId(BlobKind.Data, content.Span));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var jobs = Channel.CreateBounded<RestoreBatch>(new BoundedChannelOptions(QueuedBatches) { SingleWriter = true });
        var total = new OperationProgress("Restoring", 0, totalItems, 0, totalBytes, "");
        RestoreFolder top = RestoreFolder.ForDestination(destination);
        Task walking = Guard(WalkAsync(request, snapshot, top, restorer, faults, jobs.Writer, stop.Token), stop);
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
        if (request.Verify && counters.Skipped > 0) callbacks.OnWarning?.Invoke($"{counters.Skipped} items that were there already were left as they are, and not compared with the snapshot.");
        if (counters.OwnersLeft > 0) callbacks.OnWarning?.Invoke($"{counters.OwnersLeft} items belong to the account that restored them: only root can give them to their owners.");
        if (counters.AttributesLeft > 0) callbacks.OnWarning?.Invoke($"{counters.AttributesLeft} items have attributes that only root can set; they were left out.");
        return counters;
    }

    private async Task WalkAsync(RestoreRequest request, SnapshotReading snapshot, RestoreFolder top, ItemRestorer restorer, FaultLog faults, ChannelWriter<RestoreBatch> batches, CancellationToken cancellationToken)
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

            while (folders.Count > item.Depth + 1) folders.Pop().Release(restorer.FinishFolder);
            RestoreFolder parent = folders.Peek();
            if (isFolder)
            {
                RestoreFolder folder = parent.Below(item.Path, item.Entry, item.Selected && !item.Entry.Ancestor);
                folders.Push(folder);
                if (item.Selected) TryMake(folder, faults);
            }
            else
            {
                parent.Expect();
                (batch ??= new RestoreBatch()).Add(new RestoreJob(parent, item.Folder, item.Entry));
            }
        }

        if (batch is not null) await batches.WriteAsync(batch, cancellationToken);
        while (folders.Count > 1) folders.Pop().Release(restorer.FinishFolder);
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
