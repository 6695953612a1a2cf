using System.Runtime.CompilerServices;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// Goes through one folder as several snapshots have it, name by name. Equal trees, and equal pages of large ones, are read once for all snapshots
/// that have them. What is held in memory is the distinct items of one page's range of names, however many snapshots there are.
/// </summary>
/// <param name="trees">Reads trees.</param>
/// <param name="folder">The distinct trees of the folder, and the numbers of the snapshots that have each.</param>
/// <param name="wants">Whether an item is looked for, or has to be entered.</param>
/// <param name="onDamage">Told of what cannot be read, and which snapshots have it; they are then passed over.</param>
internal sealed class FolderVersions(TreeReader trees, IReadOnlyDictionary<BlobId, SnapshotNumbers> folder, Func<TreeEntry, bool> wants, Func<SnapshotNumbers, BackupException, ValueTask> onDamage)
{
    // By the bytes of their names: those that not all trees have been read up to.
    private readonly SortedDictionary<byte[], NamedVersions> pending = new(NameOrder.Instance);

    // Pages that another tree may still come to.
    private readonly Dictionary<BlobId, PageSeen> seen = [];

    /// <summary>The names, in the order of their bytes, each once no snapshot can have more of it.</summary>
    public async IAsyncEnumerable<NamedVersions> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<Position> open = [.. folder.Select(static tree => new Position(tree.Key, tree.Value))];
        while (open.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Position behind = open.MinBy(static position => position.Last, NameOrder.Instance)!;
            try
            {
                if (!await TryAdvanceAsync(behind, cancellationToken)) open.Remove(behind);
            }
            catch (BackupException e)
            {
                open.Remove(behind);
                await onDamage(behind.Holders, e);
            }

            byte[]? complete = open.Count == 0 ? null : open.MinBy(static position => position.Last, NameOrder.Instance)!.Last;
            if (open.Count > 0 && complete!.Length == 0) continue;
            foreach (BlobId page in seen.Where(p => complete is not null && NameOrder.Instance.Compare(p.Value.Last, complete) <= 0).Select(static p => p.Key).ToList()) seen.Remove(page);
            while (pending.Count > 0 && pending.First() is var first && (complete is null || NameOrder.Instance.Compare(first.Key, complete) <= 0))
            {
                pending.Remove(first.Key);
                yield return first.Value;
            }
        }
    }

    // Reads the next page of a tree, where no other has read the same.
    private async ValueTask<bool> TryAdvanceAsync(Position at, CancellationToken cancellationToken)
    {
        if (at.Next == at.Pages.Length) return false;
        BlobId page = at.Pages[at.Next++];
        if (!seen.TryGetValue(page, out PageSeen? known))
        {
            (List<TreeEntry>? entries, BlobId[]? pages) = await trees.ReadPageAsync(page, cancellationToken);
            if (entries is null)
            {
                at.List(page, pages!);
                return at.Pages.Length > 0;
            }

            known = Take(entries, at.Holders);
            seen.Add(page, known);
        }
        else
        {
            foreach (TreeEntry entry in known.Wanted) pending[entry.Name].Add(entry, at.Holders);
        }

        if (known.Last.Length > 0) at.Last = known.Last;
        return at.Next < at.Pages.Length;
    }

    private PageSeen Take(List<TreeEntry> entries, SnapshotNumbers holders)
    {
        var kept = new List<TreeEntry>();
        foreach (TreeEntry entry in entries)
        {
            if (!wants(entry)) continue;
            if (!pending.TryGetValue(entry.Name, out NamedVersions? named)) pending.Add(entry.Name, named = new NamedVersions(entry.Name));
            kept.Add(named.Add(entry, holders));
        }

        return new PageSeen(kept, entries.Count == 0 ? [] : entries[^1].Name);
    }

    // Items that several pages have are held once.
    private sealed record PageSeen(List<TreeEntry> Wanted, byte[] Last);

    // How far one tree of the folder was read. The name before all others is the empty one.
    private sealed class Position(BlobId tree, SnapshotNumbers holders)
    {
        private bool listed;

        public BlobId[] Pages { get; private set; } = [tree];

        public int Next { get; set; }

        public byte[] Last { get; set; } = [];

        public SnapshotNumbers Holders => holders;

        public void List(BlobId list, BlobId[] pages)
        {
            if (listed) throw TreeReader.Damaged(list, "a list of pages inside a list of pages");
            listed = true;
            Pages = pages;
            Next = 0;
        }
    }
}
