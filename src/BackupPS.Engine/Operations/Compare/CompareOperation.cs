using System.Runtime.CompilerServices;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>Compares two snapshots of a repository, or a snapshot with the file system of this host.</summary>
internal sealed class CompareOperation(OperationContext context)
{
    public async IAsyncEnumerable<BackupItemChange> RunAsync(CompareQuery query, RunCallbacks callbacks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using SnapshotReading reference = await SnapshotReading.OpenAsync(context, query.Repository, query.Secret, query.ReferenceId, null, null, cancellationToken, callbacks: callbacks);
        SnapshotRecord before = reference.State.Record;
        SnapshotRecord? after = query.DifferenceId is null ? null : (await new SnapshotStore(reference.Repository, context.Time).FindAsync(query.DifferenceId, cancellationToken)).Record;
        Warn(before, callbacks);
        if (after is not null) Warn(after, callbacks);
        else if (before.HostId != context.FindKnownHostId()) callbacks.OnWarning?.Invoke($"The snapshot {before.Id} was made on {before.HostName}, with another installation of BackupPS: it is compared with the files of this host.");

        using var files = new LiveFiles(context.FileSystem, after is null ? SnapshotFilter.Find(context, before, callbacks.OnWarning) : null, fault => callbacks.OnFault?.Invoke(fault));
        IFolderSide? other = after is not null ? new TreeSide(reference.Trees, BlobId.Parse(after.Root)) : files.TryBegin(SourceNode.Build(before.Source.Select(PathText.Unescape)));
        if (other is null) yield break;
        var selection = new ItemSelection(query.Path, query.LiteralPath, context.FileSystem.IgnoresCase);
        var comparer = new LiveComparer(reference, context.FileSystem.Accounts, query.Content);
        bool whole = after is null && selection.IsEverything;
        long items = 0, bytes = 0;
        var walk = new ComparisonWalk(selection, TellAsync, Report);
        await foreach (ItemPair pair in walk.EnumerateAsync(new TreeSide(reference.Trees, reference.Root), other, cancellationToken))
        {
            items++;
            List<string> differs = [];
            if (pair.Before is not null && pair.After is not null)
            {
                try
                {
                    differs = after is not null ? Compare(pair) : await comparer.CompareAsync(pair, cancellationToken);
                }
                catch (PlatformException e)
                {
                    if (e.Failure != PlatformFailure.NotFound) files.Tell(e, pair.Path);
                    continue;
                }
                catch (BackupException e)
                {
                    await TellAsync(pair.Path, e);
                    continue;
                }

                if (query.Content)
                {
                    bytes += pair.Before.Size;
                    Report(pair.Path);
                }

                if (differs.Count == 0) continue;
            }

            yield return Describe(pair, differs, reference.Reference, before, after, query.Content);
        }

        foreach (string missing in selection.Missing) callbacks.OnFault?.Invoke(new BackupFault(BackupError.ItemNotFound, missing, $"there is nothing of it to compare, in the snapshot {before.Id} or {(after is null ? "here" : after.Id)}"));

        void Report(string path) => callbacks.Progress?.Report(new OperationProgress("Comparing", items, whole ? before.FileCount + before.DirectoryCount : 0, bytes, whole && query.Content ? before.Bytes : 0, path));

        // If a snapshot itself is gone, nothing more can be told; else it is damage, and the rest goes on.
        async ValueTask TellAsync(string path, BackupException e)
        {
            foreach (SnapshotRecord snapshot in after is null ? [before] : new[] { before, after })
            {
                if (await reference.ExplainAsync(e, snapshot.Id, context.Time, cancellationToken) is var reason && reason.Error == BackupError.SnapshotRemoved) throw reason;
            }

            callbacks.OnFault?.Invoke(new BackupFault(e.Error, path, e.Message));
        }
    }

    private static List<string> Compare(ItemPair pair)
    {
        List<string> differs = ItemDifference.Find(pair.Before!, pair.After!);
        if (pair.Before!.Kind != pair.After!.Kind) return differs;
        if (pair.Before.Kind == ItemKind.File && !pair.Before.HasContentOf(pair.After)) differs.Insert(0, ItemDifference.Content);
        if (!pair.Before.Attributes.AsSpan().SequenceEqual(pair.After.Attributes) || !pair.Before.AttributeBlob.Equals(pair.After.AttributeBlob)) differs.Add(ItemDifference.Attributes);
        return differs;
    }

    private static BackupItemChange Describe(in ItemPair pair, List<string> differs, string repository, SnapshotRecord reference, SnapshotRecord? difference, bool content)
    {
        (var before, var after) = (pair.Before, pair.After);
        return new BackupItemChange
        {
            SnapshotId = before is null && difference is not null ? difference.Id : reference.Id,
            Repository = repository,
            ReferenceId = reference.Id,
            DifferenceId = difference?.Id ?? "",
            Path = pair.Path,
            Name = PathText.FromBytes((before ?? after)!.Name),
            Change = before is null ? "Added" : after is null ? "Removed" : ItemDifference.Name(differs, trustsTimes: difference is null && !content && after.Kind == ItemKind.File),
            Differs = [.. differs],
            Type = (after ?? before)!.Kind.ToString(),
            TypeBefore = before?.Kind.ToString() ?? "",
            Size = after?.Size ?? 0,
            SizeBefore = before?.Size ?? 0,
            Modified = after?.Modified.ToDateTime() ?? default(DateTimeOffset),
            ModifiedBefore = before?.Modified.ToDateTime() ?? default(DateTimeOffset),
            Mode = after is null ? "" : ItemDescription.Mode(after),
            ModeBefore = before is null ? "" : ItemDescription.Mode(before),
            Owner = after is null ? "" : ItemDescription.Owner(after),
            OwnerBefore = before is null ? "" : ItemDescription.Owner(before),
            Group = after is null ? "" : ItemDescription.Group(after),
            GroupBefore = before is null ? "" : ItemDescription.Group(before),
            LinkTarget = after is null ? "" : PathText.FromBytes(after.LinkTarget),
            LinkTargetBefore = before is null ? "" : PathText.FromBytes(before.LinkTarget),
        };
    }

    private static void Warn(SnapshotRecord snapshot, RunCallbacks callbacks)
    {
        if (snapshot.Status != "Complete") callbacks.OnWarning?.Invoke($"The snapshot {snapshot.Id} is {snapshot.Status}: what it does not have may have been there.");
    }
}
