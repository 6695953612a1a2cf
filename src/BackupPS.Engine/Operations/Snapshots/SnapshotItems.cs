using System.Runtime.CompilerServices;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Goes through the items of a snapshot: a folder before what is in it, names in the order of their bytes. Holds one page a level.</summary>
internal sealed class SnapshotItems(TreeReader trees)
{
    /// <summary>Items, with the folders that lead to them.</summary>
    /// <param name="root">Root tree.</param>
    /// <param name="selection">What is wanted.</param>
    /// <param name="below">Whether everything below a wanted folder is wanted too.</param>
    /// <param name="onDamage">Told of a folder that cannot be read, which is then passed over; <see langword="null"/>: an exception.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public async IAsyncEnumerable<TreeItem> EnumerateAsync(BlobId root, ItemSelection selection, bool below, Action<string, BackupException>? onDamage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        levels.Push(new Level(SourcePath.Root, trees.ReadFolderAsync(root, cancellationToken).GetAsyncEnumerator(cancellationToken), false));
        try
        {
            while (levels.TryPeek(out Level? level))
            {
                bool more;
                try
                {
                    more = await level.Items.MoveNextAsync();
                }
                catch (BackupException e) when (onDamage is not null)
                {
                    onDamage(level.Path, e);
                    more = false;
                }

                if (!more)
                {
                    await levels.Pop().Items.DisposeAsync();
                    continue;
                }

                TreeEntry entry = level.Items.Current;
                string path = SourcePath.Join(level.Path, PathText.FromBytes(entry.Name));
                bool folder = entry.Kind == ItemKind.Directory;
                bool selected = level.Inherits | selection.Includes(path, folder);
                bool inherits = selected && below;
                bool enters = folder && (inherits || selection.MayIncludeBelow(path));
                if (selected || enters) yield return new TreeItem(levels.Count - 1, path, entry, selected);
                if (enters) levels.Push(new Level(path, trees.ReadFolderAsync(entry.Subtree, cancellationToken).GetAsyncEnumerator(cancellationToken), inherits));
            }
        }
        finally
        {
            foreach (Level level in levels) await level.Items.DisposeAsync();
        }
    }

    private sealed record Level(string Path, IAsyncEnumerator<TreeEntry> Items, bool Inherits);
}
