using System.Runtime.CompilerServices;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Lists what a snapshot holds.</summary>
internal sealed class ItemListing(OperationContext context)
{
    public async IAsyncEnumerable<BackupItem> RunAsync(ItemQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using SnapshotReading snapshot = await SnapshotReading.OpenAsync(context, query.Repository, query.Secret, query.SnapshotId, null, null, cancellationToken);
        bool everything = query.Path.Count == 0 && query.LiteralPath.Count == 0;

        // Without a path, the sources are meant: the folders above them are only the way.
        IReadOnlyList<string> literal = everything ? [.. snapshot.State.Record.Source.Select(PathText.Unescape)] : query.LiteralPath;
        var selection = new ItemSelection(query.Path, literal, context.FileSystem.IgnoresCase);
        var items = new SnapshotItems(snapshot.Trees);
        var holders = ItemHolders.Only(snapshot.Reference, snapshot.State.Record);
        await foreach (TreeItem item in items.EnumerateAsync(snapshot.Root, selection, query.Recurse, onDamage: null, cancellationToken))
        {
            if (item.Selected) yield return ItemDescription.Describe(item.Entry, item.Path, holders);
        }

        if (everything) yield break;
        if (selection.PatternsMatchedNothing)
        {
            throw new BackupException(BackupError.ItemNotFound, $"Nothing in the snapshot {snapshot.State.Record.Id} matches {string.Join(", ", query.Path.Select(PathText.ToDisplay))}.", query.Path[0]);
        }

        foreach (string missing in selection.Missing)
        {
            throw new BackupException(BackupError.ItemNotFound, $"'{PathText.ToDisplay(missing)}' is not in the snapshot {snapshot.State.Record.Id}.", missing);
        }
    }
}
