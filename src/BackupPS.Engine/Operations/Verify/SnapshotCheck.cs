using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Goes through the trees of snapshots, and finds those that damage touches. A tree that several snapshots share is read once.</summary>
internal sealed class SnapshotCheck(Repository repository, BlobIndex index, DamageLog log) : IDisposable
{
    private readonly Dictionary<BlobId, bool> touchedTrees = [];
    private readonly HashSet<BlobId> told = [];
    private readonly BlobReader blobs = new(repository, index);

    /// <summary>Packs that hold what the snapshots need.</summary>
    public HashSet<string> NeededPacks { get; } = new(StringComparer.Ordinal);

    /// <summary>Begins anew, with the damage that is known by now.</summary>
    public void Begin() => touchedTrees.Clear();

    /// <summary>Checks that everything that a snapshot names is there.</summary>
    /// <returns>Whether damage touches it.</returns>
    public async Task<bool> CheckAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        var trees = new TreeReader(blobs);
        var open = new Stack<Frame>();
        open.Push(await EnterAsync(trees, BlobId.Parse(snapshot.Root), cancellationToken));
        while (true)
        {
            Frame frame = open.Peek();
            if (frame.Next < frame.Folders.Count)
            {
                BlobId below = frame.Folders[frame.Next++];
                if (touchedTrees.TryGetValue(below, out bool known)) frame.Touched |= known;
                else open.Push(await EnterAsync(trees, below, cancellationToken));
                continue;
            }

            open.Pop();
            touchedTrees[frame.Tree] = frame.Touched;
            if (open.Count == 0) return frame.Touched;
            open.Peek().Touched |= frame.Touched;
        }
    }

    public void Dispose() => blobs.Dispose();

    private async Task<Frame> EnterAsync(TreeReader trees, BlobId tree, CancellationToken cancellationToken)
    {
        var frame = new Frame { Tree = tree };
        frame.Touched |= IsTouched(tree);
        try
        {
            (List<TreeEntry>? entries, BlobId[]? pages) = await trees.ReadPageAsync(tree, cancellationToken);

            // Pages of a large folder are checked as folders of their own: what counts is that every one of them is read.
            if (entries is null)
            {
                frame.Folders.AddRange(pages!);
                return frame;
            }

            foreach (TreeEntry entry in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!entry.AttributeBlob.IsZero) frame.Touched |= await IsUnreadableAsync(entry.AttributeBlob, cancellationToken);
                if (entry.Kind == ItemKind.Directory) frame.Folders.Add(entry.Subtree);
                else if (entry.Kind == ItemKind.File) frame.Touched |= await IsTouchedAsync(trees, entry, cancellationToken);
            }
        }
        catch (BackupException e)
        {
            frame.Touched = true;
            Tell(tree, e);
        }

        return frame;
    }

    private async Task<bool> IsTouchedAsync(TreeReader trees, TreeEntry file, CancellationToken cancellationToken)
    {
        bool touched = false;
        IReadOnlyList<BlobId> content = await trees.ReadContentAsync(file, list => touched |= IsTouched(list), cancellationToken);
        foreach (BlobId id in content) touched |= IsTouched(id);
        return touched;
    }

    private async Task<bool> IsUnreadableAsync(BlobId treeBlob, CancellationToken cancellationToken)
    {
        if (IsTouched(treeBlob)) return true;
        try
        {
            await blobs.ReadAsync(BlobKind.Tree, treeBlob, cancellationToken);
            return false;
        }
        catch (BackupException e)
        {
            Tell(treeBlob, e);
            return true;
        }
    }

    private bool IsTouched(BlobId id)
    {
        // One good copy is enough, and is what a restore finds.
        bool touched = true;
        int copy = 0;
        for (; index.TryFind(id, copy, out BlobLocation location); copy++)
        {
            string pack = index.Packs[location.Pack].Name;
            NeededPacks.Add(pack);
            touched &= log.IsDoubtful(pack, location.Segment);
        }

        if (copy > 0) return touched;
        if (told.Add(id)) log.Add(BackupError.BlobMissing, id.ToString(), $"The blob {id} is in no index.");
        return true;
    }

    private void Tell(BlobId id, BackupException e)
    {
        if (told.Add(id)) log.Add(e.Error, e.Target, e.Message);
    }

    private sealed class Frame
    {
        public required BlobId Tree { get; init; }

        public List<BlobId> Folders { get; } = [];

        public int Next { get; set; }

        public bool Touched { get; set; }
    }
}
