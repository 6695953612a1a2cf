using System.Diagnostics.CodeAnalysis;
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
    public IAsyncEnumerable<TreeItem> EnumerateAsync(BlobId root, ItemSelection selection, bool below, Action<string, BackupException>? onDamage, CancellationToken cancellationToken) =>
        WalkAsync(new Level(SourcePath.Root, root, inherits: false), selection, below, int.MaxValue, onDamage, cancellationToken);

    /// <summary>Everything below a folder.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="tree">Its tree.</param>
    /// <param name="depth">So many levels deep; 1: what is in the folder.</param>
    /// <param name="onDamage">Told of a folder that cannot be read, which is then passed over.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    public IAsyncEnumerable<TreeItem> EnumerateBelowAsync(string folder, BlobId tree, int depth, Action<string, BackupException> onDamage, CancellationToken cancellationToken) =>
        WalkAsync(new Level(folder, tree, inherits: true), selection: null, below: true, depth, onDamage, cancellationToken);

    // Where all is inherited from the first level, there is nothing to select.
    private async IAsyncEnumerable<TreeItem> WalkAsync(Level first, ItemSelection? selection, bool below, int depth, Action<string, BackupException>? onDamage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        levels.Push(first);
        while (levels.TryPeek(out Level? level))
        {
            TreeEntry? entry = null;
            try
            {
                entry = level.TryTake(out TreeEntry? next) ? next : await level.ReadNextAsync(trees, cancellationToken);
            }
            catch (BackupException e) when (onDamage is not null)
            {
                onDamage(level.Path, e);
            }

            if (entry is null)
            {
                levels.Pop();
                continue;
            }

            bool folder = entry.Kind == ItemKind.Directory;
            bool selected = level.Inherits;
            bool enters = folder && levels.Count < depth;
            if (level.Inherits)
            {
                if (selection is { LooksForMore: true }) selection.Meet(level.PathOf(entry), folder);
            }
            else
            {
                string path = level.PathOf(entry);
                selected = selection!.Includes(path, folder);
                enters = folder && ((selected && below) || selection.MayIncludeBelow(path));
            }

            if (selected || enters) yield return new TreeItem(levels.Count - 1, level.Path, entry, selected);
            if (enters) levels.Push(new Level(level.PathOf(entry), entry.Subtree, selected && below));
        }
    }

    // A folder under way, a page at a time. Its pages are read when the walk comes to them.
    private sealed class Level(string path, BlobId tree, bool inherits)
    {
        private List<TreeEntry> page = [];
        private int next;
        private BlobId[] pages = [tree];
        private int nextPage;
        private bool paged;

        public string Path => path;

        public bool Inherits => inherits;

        public string PathOf(TreeEntry entry) => SourcePath.Join(path, PathText.FromBytes(entry.Name));

        public bool TryTake([NotNullWhen(true)] out TreeEntry? entry)
        {
            entry = next < page.Count ? page[next++] : null;
            return entry is not null;
        }

        public async ValueTask<TreeEntry?> ReadNextAsync(TreeReader trees, CancellationToken cancellationToken)
        {
            while (nextPage < pages.Length)
            {
                BlobId id = pages[nextPage++];
                (List<TreeEntry>? entries, BlobId[]? list) = await trees.ReadPageAsync(id, cancellationToken);
                if (entries is null)
                {
                    if (paged) throw new BackupException(BackupError.ObjectDamaged, $"The tree blob {id} is authentic, but is not what it should be: a list of pages inside a list of pages.", id.ToString());
                    paged = true;
                    pages = list!;
                    nextPage = 0;
                    continue;
                }

                page = entries;
                next = 0;
                if (TryTake(out TreeEntry? entry)) return entry;
            }

            return null;
        }
    }
}
