using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Makes a target what a snapshot says: compares block by block, fetches only what differs, and replaces it as one transaction
/// (<see cref="JournaledRestore"/>), or at once where that was asked for.
/// </summary>
internal sealed class InPlaceOperation(OperationContext context)
{
    private readonly RestoreRecords records = new(new HomeFolder(context.Options.HomeFolder));

    /// <summary>What a restore in place would do. Compares, and changes nothing.</summary>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        Check(request);
        await using SnapshotReading snapshot = await OpenAsync(request, keepsIndex: false, callbacks, cancellationToken);
        new UnfinishedRestores(context, records).ThrowIfAny(request.Destination);
        var faults = new FaultLog(callbacks.OnFault);
        var counters = new RestoreCounters();
        var counts = new InPlaceCounters();
        var extras = new List<string>();
        if (TryOpen(request.Destination) is { } destination)
        {
            using (destination) await WalkAsync(request, snapshot, destination, changes: null, faults, counters, counts, callbacks, extras.Add, cancellationToken);
        }
        else
        {
            // There is nothing to compare with.
            RestorePlan all = await new RestoreOperation(context).PlanAsync(request with { InPlace = false }, callbacks, cancellationToken);
            return all with { InPlace = true, FilesToCreate = all.FilesToRestore };
        }

        return new RestorePlan
        {
            SnapshotId = snapshot.State.Record.Id,
            HostName = snapshot.State.Record.HostName,
            Destination = request.Destination,
            FilesToRestore = counts.Changed + counts.Created,
            FilesToSkip = counters.Skipped,
            DirectoryCount = counters.Directories,
            BytesToRestore = counters.Bytes,
            InPlace = true,
            FilesUnchanged = counts.Unchanged,
            FilesToChange = counts.Changed,
            FilesToCreate = counts.Created,
            FilesToDelete = counts.Deleted,
            BytesToReuse = counts.BytesReused,
            BytesToDelete = counts.BytesDeleted,
            ItemsToDelete = extras,
        };
    }

    /// <summary>Restores.</summary>
    public async Task<RestoreResult> RunAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        Check(request);
        var run = new RunRecorder(context, callbacks, new RunStart { Operation = "Restore", Repository = request.Repository ?? "", RepositoryId = "", PolicyName = request.PolicyName ?? "" });
        callbacks = run.Callbacks;
        await using SnapshotReading snapshot = await run.OpenAsync(() => OpenAsync(request, keepsIndex: true, callbacks, cancellationToken));
        SnapshotRecord record = snapshot.State.Record;
        run.Begin(snapshot.Reference, snapshot.RepositoryId, record.PolicyName);
        var faults = new FaultLog(callbacks.OnFault);
        return await run.RunAsync(async () =>
        {
            var counters = new RestoreCounters();
            var counts = new InPlaceCounters();
            new UnfinishedRestores(context, records).Settle(request.Destination, record.Id, faults, callbacks, cancellationToken);
            var header = new JournalHeader(run.RunId, record.Id, snapshot.Reference, snapshot.RepositoryId, record.PolicyName, request.Destination, AtOnce: request.NoRollback);
            try
            {
                await RestoreAsync(request, snapshot, header, faults, counters, counts, callbacks, cancellationToken);
            }
            catch (BackupException e)
            {
                throw await snapshot.ExplainAsync(e, context.Time, cancellationToken);
            }

            var result = new RestoreResult
            {
                RunId = run.RunId,
                SnapshotId = record.Id,
                Repository = snapshot.Reference,
                PolicyName = record.PolicyName,
                HostName = record.HostName,
                Destination = request.Destination,
                Status = faults.Count == 0 ? "Complete" : "Incomplete",
                Started = run.Started,
                Duration = run.Elapsed,
                FilesRestored = counts.Changed + counts.Created,
                FilesSkipped = counters.Skipped,
                DirectoryCount = counters.Directories,
                BytesRestored = counters.Bytes,
                InPlace = true,
                FilesCompared = counts.Compared,
                FilesUnchanged = counts.Unchanged,
                FilesChanged = counts.Changed,
                FilesCreated = counts.Created,
                FilesDeleted = counts.Deleted,
                BytesReused = counts.BytesReused,
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

    private void Check(RestoreRequest request)
    {
        OverwriteRule.Check(request.Overwrite);
        new RepositoryGrounds(context.Catalog).Refuse(request.Destination, "What is restored");
        if (request.DeleteExtra && context.FileSystem.IgnoresCase)
        {
            throw new BackupException(BackupError.NotSupportedHere, "-DeleteExtra compares names by their bytes, and this system takes different ones for the same.", nameof(request.DeleteExtra));
        }
    }

    private Task<SnapshotReading> OpenAsync(RestoreRequest request, bool keepsIndex, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        SnapshotReading.OpenAsync(context, request.Repository, request.Secret, request.SnapshotId, request.PolicyName, request.At, cancellationToken, keepsIndex, callbacks, request.Hosts);

    private IFolder? TryOpen(string destination)
    {
        try
        {
            return context.FileSystem.OpenFolder(destination);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotFound)
        {
            return null;
        }
    }

    private async Task RestoreAsync(RestoreRequest request, SnapshotReading snapshot, JournalHeader header, FaultLog faults, RestoreCounters counters, InPlaceCounters counts, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        using IFolder destination = DestinationFolder.Open(context.FileSystem, request.Destination, durable: true);
        using var changes = new Changes(context.FileSystem, records, header, destination, faults, callbacks.OnWarning);
        callbacks.OnMessage?.Invoke($"{snapshot.Describe()}.");
        callbacks.OnMessage?.Invoke($"Comparing '{PathText.ToDisplay(request.Destination)}' with it.");
        try
        {
            callbacks.OnPhase?.Invoke("Write");
            await WalkAsync(request, snapshot, destination, changes, faults, counters, counts, callbacks, onExtra: null, cancellationToken);
            await ThrowIfRemovedAsync(snapshot, faults, cancellationToken);
            callbacks.OnMessage?.Invoke($"{counts.Unchanged} items are as they should be; replacing {counts.Changed}, creating {counts.Created}, deleting {counts.Deleted}.");
            callbacks.OnPhase?.Invoke("Replace");
            changes.Commit(cancellationToken);
        }
        catch (Exception e)
        {
            Exception reason = e is PlatformException failed ? ToKnown(failed, request.Destination) : e;
            if (changes.RollBack(reason) is { } told) throw told;
            if (!ReferenceEquals(reason, e)) throw reason;
            throw;
        }

        changes.CleanUp();
        if (counters.OwnersLeft > 0) callbacks.OnWarning?.Invoke($"{counters.OwnersLeft} items belong to another account than in the snapshot: only root can give them to their owners.");
        if (counters.AttributesLeft > 0) callbacks.OnWarning?.Invoke($"{counters.AttributesLeft} items have attributes that only root can set; they were left out.");
        if (counts.ExtrasKept > 0) callbacks.OnMessage?.Invoke($"{counts.ExtrasKept} items that the snapshot does not have were not deleted.");
    }

    private async Task WalkAsync(RestoreRequest request, SnapshotReading snapshot, IFolder destination, Changes? changes, FaultLog faults, RestoreCounters counters, InPlaceCounters counts, RunCallbacks callbacks, Action<string>? onExtra, CancellationToken cancellationToken)
    {
        SnapshotRecord record = snapshot.State.Record;
        Func<ReadOnlyMemory<byte>, BlobId> computeId = content => snapshot.Repository.Keys.ComputeId(BlobKind.Data, content.Span);
        var selection = new ItemSelection(request.Path, request.LiteralPath, context.FileSystem.IgnoresCase);
        bool deletes = request.DeleteExtra && record.Status == "Complete";
        if (request.DeleteExtra && !deletes) callbacks.OnWarning?.Invoke($"Nothing is deleted: the snapshot {record.Id} is {record.Status}, so that what it does not have may have been there.");
        request = request with { DeleteExtra = deletes };

        var writeback = new Writeback(destination, counters, syncsEach: false);
        var owners = new OwnerMap(context.FileSystem.Accounts, request.NumericOwner);
        var metadata = new MetadataRestorer(snapshot.Trees, owners, faults, counters);
        var comparer = new MetadataComparer(metadata, owners, counters);
        var extras = new ExtraItems(ExtraItems.Protect(context.FileSystem, snapshot.Repository.Store.Location, context.Options.HomeFolder));
        var content = new ContentWriter(snapshot.Blobs, snapshot.Trees, counters, writeback);
        ItemBuilder? builder = changes is null ? null : new ItemBuilder(request, destination, changes, content, new BlockWriter(snapshot.Blobs, counters, counts, writeback, computeId), metadata, computeId);
        var items = new InPlaceItems(request, destination, changes, builder, new FileComparer(snapshot.Blobs, snapshot.Trees, computeId), comparer, extras, counters, counts, faults);

        // What the policy excludes now was not saved, or will not be again: in neither case is it extra.
        var walk = new InPlaceWalk(request, destination, snapshot.Trees, changes, builder, metadata, comparer, extras, deletes ? SnapshotFilter.Find(context, record, callbacks.OnWarning) : null, record.Source.Select(PathText.Unescape), counters, counts, faults, callbacks.OnWarning, onExtra);
        var total = new OperationProgress(changes is null ? "Comparing" : "Restoring", 0, selection.IsEverything ? record.FileCount : 0, 0, selection.IsEverything ? record.Bytes : 0, "");
        var options = new ParallelOptions { MaxDegreeOfParallelism = context.Options.Workers, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(walk.FindAsync(snapshot.Root, selection, cancellationToken), options, async (item, token) =>
            {
                await items.RestoreAsync(item, token);
                walk.Release(item);
                callbacks.Progress?.Report(total with { ItemsDone = Interlocked.Read(ref counts.Compared) + Interlocked.Read(ref counts.Created) + Interlocked.Read(ref counters.Skipped), BytesDone = Interlocked.Read(ref counts.BytesReused) + Interlocked.Read(ref counters.Bytes), Current = item.Job.Path });
            });
        }
        finally
        {
            walk.Abandon();
        }

        if (changes is not null) await writeback.FinishAsync();
        TellMissing(request, selection, faults, record.Id);
    }

    // One by one they are faults. A snapshot that is gone is the reason of them all, and the rest of it will never come: a part of it is not what was asked for.
    private async Task ThrowIfRemovedAsync(SnapshotReading snapshot, FaultLog faults, CancellationToken cancellationToken)
    {
        if (faults.Kept.FirstOrDefault(static f => f.Error == BackupError.BlobMissing || f.Error == BackupError.ObjectMissing) is not { } missing) return;
        BackupException reason = await snapshot.ExplainAsync(new BackupException(missing.Error, missing.Reason, missing.Path), context.Time, cancellationToken);
        if (reason.Error == BackupError.SnapshotRemoved) throw reason;
    }

    // Of a work folder or the journal: what fails for one item alone is a fault.
    private static BackupException ToKnown(PlatformException e, string destination) => e.Failure == PlatformFailure.Full
        ? new BackupException(BackupError.NotEnoughSpace, $"The destination is full: {e.Message}", destination, e)
        : new BackupException(BackupError.WriteFailed, $"The restore cannot go on: {e.Message}", destination, e);

    private static void TellMissing(RestoreRequest request, ItemSelection selection, FaultLog faults, string snapshotId)
    {
        if (selection.PatternsMatchedNothing) throw new BackupException(BackupError.ItemNotFound, $"Nothing in the snapshot {snapshotId} matches {string.Join(", ", request.Path.Select(PathText.ToDisplay))}.", request.Path[0]);
        if (selection.Missing.Count > 0 && selection.Missing.Count == request.LiteralPath.Count && request.Path.Count == 0)
        {
            throw new BackupException(BackupError.ItemNotFound, $"None of the named paths is in the snapshot {snapshotId}.", selection.Missing.First());
        }

        foreach (string missing in selection.Missing) faults.Add(BackupError.ItemNotFound, missing, $"it is not in the snapshot {snapshotId}");
    }
}
