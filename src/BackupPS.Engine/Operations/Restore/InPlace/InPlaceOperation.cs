using System.Security.Cryptography;
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
    // 128 bits: nobody guesses it.
    private const int ProofDigits = 32;

    private readonly RestoreRecords records = new(new HomeFolder(context.Options.HomeFolder));

    /// <summary>What a restore in place would do. Compares, and changes nothing.</summary>
    public async Task<RestorePlan> PlanAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        Check(request);
        await using SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, request, keepsIndex: false, callbacks, cancellationToken);
        new UnfinishedRestores(context, records).ThrowIfAny(request.Destination, RestoreArea.SourcesOf(request, snapshot.State.Record), callbacks.OnWarning);
        var faults = new FaultLog(callbacks.OnFault);
        var different = new DifferentItems();
        var counters = new RestoreCounters();
        var counts = new InPlaceCounters();
        var extras = new List<string>();
        if (TryOpen(request.Destination, callbacks.OnWarning) is { } destination)
        {
            RestoreOutcome.TellOf(snapshot.State.Record, SnapshotLack.Concerns(context, snapshot.State.Record, request), callbacks.OnWarning);
            using (destination)
            {
                await WalkAsync(request, snapshot, destination, changes: null, faults, different, counters, counts, callbacks, extras.Add, cancellationToken);
            }
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
            FilesDifferent = different.Count,
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
        await using SnapshotReading snapshot = await run.OpenAsync(() => SnapshotReading.OpenAsync(context, request, keepsIndex: true, callbacks, cancellationToken));
        SnapshotRecord record = snapshot.State.Record;
        run.Begin(snapshot.Reference, snapshot.RepositoryId, record.PolicyName);
        var faults = new FaultLog(callbacks.OnFault);
        var different = new DifferentItems();
        bool lacks = SnapshotLack.Concerns(context, record, request);
        var outcome = new RestoreOutcome(record, lacks, request, faults, different);
        return await run.RunAsync(async () =>
        {
            RestoreOutcome.TellOf(record, lacks, callbacks.OnWarning);
            var counters = new RestoreCounters();
            var counts = new InPlaceCounters();
            IReadOnlyList<string> sources = RestoreArea.SourcesOf(request, record);
            new UnfinishedRestores(context, records).Settle(request.Destination, sources, record.Id, faults, callbacks, cancellationToken);
            OpenedItems.CloseLeft(context, callbacks.OnWarning);
            string proof = RandomNumberGenerator.GetHexString(ProofDigits, lowercase: true);
            var header = new JournalHeader(
                run.RunId,
                record.Id,
                snapshot.Reference,
                snapshot.RepositoryId,
                record.PolicyName,
                request.Destination,
                AtOnce: request.NoRollback,
                Environment.UserName,
                run.Started,
                proof,
                sources);
            try
            {
                await RestoreAsync(request, snapshot, header, outcome, faults, different, counters, counts, callbacks, cancellationToken);
            }
            catch (BackupException e)
            {
                throw await snapshot.ExplainAsync(e, context.Time, cancellationToken);
            }

            var result = new RestoreResult
            {
                RunId = run.RunId,
                SnapshotId = record.Id,
                SnapshotStatus = record.Status,
                Repository = snapshot.Reference,
                PolicyName = record.PolicyName,
                HostName = record.HostName,
                Destination = request.Destination,
                Status = outcome.Status,
                Started = run.Started,
                Duration = run.Elapsed,
                FilesRestored = counts.Changed + counts.Created,
                FilesSkipped = counters.Skipped,
                FilesDifferent = different.Count,
                DirectoryCount = counters.Directories,
                BytesRestored = counters.Bytes,
                InPlace = true,
                FilesCompared = counts.Compared,
                FilesUnchanged = counts.Unchanged,
                FilesChanged = counts.Changed,
                FilesCreated = counts.Created,
                FilesDeleted = counts.Deleted,
                BytesReused = counts.BytesReused,
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

    private void Check(RestoreRequest request)
    {
        RestoreOperation.Check(context, request);
        if (request.DeleteExtra && context.FileSystem.IgnoresCase)
        {
            throw new BackupException(BackupError.NotSupportedHere, "-DeleteExtra compares names by their bytes, and this system takes different ones for the same.", nameof(request.DeleteExtra));
        }
    }

    // null: there is nothing that could be compared.
    private IFolder? TryOpen(string destination, Action<string>? onWarning)
    {
        try
        {
            IFolder folder = context.FileSystem.OpenFolder(destination);
            if (!OwnMode.Closes(folder.GetInfo(), context.FileSystem.Accounts) || OwnMode.LetsIn(folder)) return folder;
            folder.Dispose();
            onWarning?.Invoke(OwnMode.Describe(destination));
            return null;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotFound)
        {
            return null;
        }
    }

    private async Task RestoreAsync(
        RestoreRequest request,
        SnapshotReading snapshot,
        JournalHeader header,
        RestoreOutcome outcome,
        FaultLog faults,
        DifferentItems different,
        RestoreCounters counters,
        InPlaceCounters counts,
        RunCallbacks callbacks,
        CancellationToken cancellationToken)
    {
        using var opened = new OpenedItems(context, header.RunId, request.Destination, callbacks.OnWarning);
        using IFolder destination = opened.OpenDestination(() => DestinationFolder.Open(context.FileSystem, request.Destination, durable: true));
        using var changes = new Changes(context.FileSystem, records, header, destination, opened, faults, callbacks.OnWarning);
        callbacks.OnMessage?.Invoke($"{snapshot.Describe()}.");
        callbacks.OnMessage?.Invoke($"Comparing '{PathText.ToDisplay(request.Destination)}' with it.");
        try
        {
            callbacks.OnPhase?.Invoke("Write");
            await WalkAsync(request, snapshot, destination, changes, faults, different, counters, counts, callbacks, onExtra: null, cancellationToken);
            await ThrowIfRemovedAsync(snapshot, faults, cancellationToken);
            callbacks.OnMessage?.Invoke($"{counts.Unchanged} items are as they should be; replacing {counts.Changed}, creating {counts.Created}, deleting {counts.Deleted}.");
            outcome.Tell(callbacks);
            callbacks.OnPhase?.Invoke("Replace");
            changes.Commit(cancellationToken);
        }
        catch (Exception e)
        {
            Exception reason = e is PlatformException failed ? TargetFailure.From(failed, request.Destination) : e;
            if (changes.RollBack(reason) is { } told) throw told;
            if (!ReferenceEquals(reason, e)) throw reason;
            throw;
        }

        changes.CleanUp();
        counters.Losses.Tell(callbacks.OnWarning);
        if (counters.OwnersLeft > 0) callbacks.OnWarning?.Invoke($"{counters.OwnersLeft} items belong to another account than in the snapshot: only root can give them to their owners.");
        if (counters.AttributesLeft > 0) callbacks.OnWarning?.Invoke($"{counters.AttributesLeft} items have attributes that only root can set; they were left out.");
        if (counts.ExtrasKept > 0) callbacks.OnMessage?.Invoke($"{counts.ExtrasKept} items that the snapshot does not have were not deleted.");
    }

    private async Task WalkAsync(
        RestoreRequest request,
        SnapshotReading snapshot,
        IFolder destination,
        Changes? changes,
        FaultLog faults,
        DifferentItems different,
        RestoreCounters counters,
        InPlaceCounters counts,
        RunCallbacks callbacks,
        Action<string>? onExtra,
        CancellationToken cancellationToken)
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
        var comparer = new MetadataComparer(metadata, owners, changes, counters);
        IReadOnlyList<ItemInfo> ours = ExtraItems.Protect(context.FileSystem, snapshot.Repository.Store.Location, context.Options.HomeFolder);
        var extras = new ExtraItems(ours, context.FileSystem.Accounts, changes?.Opened);
        var content = new ContentWriter(snapshot.Blobs, snapshot.Trees, counters, writeback);
        ItemBuilder? builder = changes is null ? null : new ItemBuilder(request, destination, changes, content, new BlockWriter(snapshot.Blobs, counters, counts, writeback, computeId), metadata, computeId);
        var items = new InPlaceItems(
            request,
            destination,
            context.FileSystem.Accounts,
            changes,
            builder,
            new FileComparer(snapshot.Blobs, snapshot.Trees, computeId),
            comparer,
            extras,
            counters,
            counts,
            faults,
            different);

        // What the policy excludes now was not saved, or will not be again: in neither case is it extra.
        var walk = new InPlaceWalk(
            request,
            destination,
            context.FileSystem.Accounts,
            snapshot.Trees,
            changes,
            builder,
            metadata,
            comparer,
            extras,
            deletes ? SnapshotFilter.Find(context, record, callbacks.OnWarning) : null,
            record.Source.Select(PathText.Unescape),
            counters,
            counts,
            faults,
            callbacks.OnWarning,
            onExtra);
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
        owners.Tell(record.HostName, callbacks.OnWarning);
        MissingItems.Tell(selection, record.Id, isWhole: !walk.MetDamage, faults.Add);
    }

    // One by one they are faults. A snapshot that is gone is the reason of them all, and the rest of it will never come: a part of it is not what was asked for.
    private async Task ThrowIfRemovedAsync(SnapshotReading snapshot, FaultLog faults, CancellationToken cancellationToken)
    {
        if (faults.Kept.FirstOrDefault(static f => f.Error == BackupError.BlobMissing || f.Error == BackupError.ObjectMissing) is not { } missing) return;
        BackupException reason = await snapshot.ExplainAsync(new BackupException(missing.Error, missing.Reason, missing.Path), context.Time, cancellationToken);
        if (reason.Error == BackupError.SnapshotRemoved) throw reason;
    }

}
