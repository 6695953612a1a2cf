using System.Runtime.CompilerServices;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>
/// Goes through two sides at once, a folder before what is in it, names in the order of their bytes. Folders that two snapshots share are not entered. It
/// holds one page a side and level.
/// </summary>
/// <param name="selection">What is compared.</param>
/// <param name="onDamage">Told of a folder of which the rest cannot be read; it is passed over, or the walk ends by what this throws.</param>
/// <param name="onFolder">Told of each folder that is entered.</param>
internal sealed class ComparisonWalk(ItemSelection selection, Func<string, BackupException, ValueTask> onDamage, Action<string> onFolder)
{
    /// <summary>What is selected, on either side or both. What only leads to sources counts as not there.</summary>
    public async IAsyncEnumerable<ItemPair> EnumerateAsync(IFolderSide before, IFolderSide after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var levels = new Stack<Level>();
        try
        {
            levels.Push(new Level(SourcePath.Root, before, after, Inherits: selection.IsEverything));
            while (levels.TryPeek(out Level? level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool more = false;
                try
                {
                    more = await level.ReadAsync(skipsShared: !selection.MissesBelow(level.Path), cancellationToken);
                }
                catch (BackupException e)
                {
                    await onDamage(level.Path, e);
                }

                if (!more)
                {
                    levels.Pop().Dispose();
                    continue;
                }

                (TreeEntry? old, TreeEntry? now) = level.Take();
                if (old is { Kind: default(ItemKind) } || now is { Kind: default(ItemKind) }) continue;
                string path = SourcePath.Join(level.Path, PathText.FromBytes((old ?? now)!.Name));
                if (now is not null && old is null && level.After!.Omits(now, path)) continue;
                bool wasFolder = old?.Kind == ItemKind.Directory, isFolder = now?.Kind == ItemKind.Directory;
                if (level.Inherits && selection.Misses) selection.Meet(path);
                bool selected = level.Inherits || selection.Includes(path, wasFolder || isFolder);
                var pair = new ItemPair(path, old is { Ancestor: false } ? old : null, now is { Ancestor: false } ? now : null, level.After?.Place);
                if (selected && (pair.Before ?? pair.After) is not null) yield return pair;
                if (!wasFolder && !isFolder) continue;
                if (!selected && !selection.MayIncludeBelow(path)) continue;

                // The id of a folder's tree stands for all that is below it.
                bool shared = wasFolder && isFolder && level.After is TreeSide && old!.Subtree.Equals(now!.Subtree);
                if (shared && !selection.MissesBelow(path)) continue;
                if (level.TryEnter(wasFolder ? old : null, isFolder ? now : null, path, selected) is not { } inner) continue;
                onFolder(path);
                levels.Push(inner);
            }
        }
        finally
        {
            while (levels.TryPop(out Level? left)) left.Dispose();
        }
    }

    // One folder, of which a side may have nothing.
    private sealed record Level(string Path, IFolderSide? Before, IFolderSide? After, bool Inherits) : IDisposable
    {
        private TreeEntry? old;
        private TreeEntry? now;

        /// <summary>Reads what comes next on both sides.</summary>
        /// <returns>Whether there is something.</returns>
        public async ValueTask<bool> ReadAsync(bool skipsShared, CancellationToken cancellationToken)
        {
            if (skipsShared && old is null && now is null && Before is TreeSide before && After is TreeSide after) await TreeSide.SkipSharedAsync(before, after, cancellationToken);
            if (Before is not null) old ??= await Before.NextAsync(cancellationToken);
            if (After is not null) now ??= await After.NextAsync(cancellationToken);
            return old is not null || now is not null;
        }

        /// <summary>Takes the item with the lower name, or both where they have the same.</summary>
        public (TreeEntry? Old, TreeEntry? Now) Take()
        {
            int order = old is null ? 1 : now is null ? -1 : NameOrder.Instance.Compare(old.Name, now.Name);
            (TreeEntry? Old, TreeEntry? Now) taken = (order <= 0 ? old : null, order >= 0 ? now : null);
            if (order <= 0) old = null;
            if (order >= 0) now = null;
            return taken;
        }

        /// <summary>Goes into a folder that is there on one side or both.</summary>
        /// <returns><see langword="null"/>: what is in it cannot be told for a side that has it.</returns>
        public Level? TryEnter(TreeEntry? oldFolder, TreeEntry? nowFolder, string path, bool selected)
        {
            IFolderSide? before = oldFolder is null ? null : Before!.TryEnter(oldFolder, path);
            if (oldFolder is not null && before is null) return null;
            IFolderSide? after = nowFolder is null ? null : After!.TryEnter(nowFolder, path);
            if (nowFolder is not null && after is null) return null;
            return new Level(path, before, after, selected);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Before?.Dispose();
            After?.Dispose();
        }
    }
}
