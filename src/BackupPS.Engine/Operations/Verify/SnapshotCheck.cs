using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Goes through the trees of snapshots, and finds those that damage touches. A tree that several snapshots share is read once.</summary>
internal sealed class SnapshotCheck(Repository repository, BlobIndex index, DamageLog log) : IDisposable
{
    // Trees that were read. The few that damage touches stand apart, so that the many take 24 bytes each.
    private BlobSet whole = new();
    private readonly HashSet<BlobId> touched = [];
    private readonly HashSet<BlobId> told = [];
    private readonly BlobReader blobs = new(repository, index);
    private readonly bool[] needed = new bool[index.Packs.Count];
    private readonly HashSet<string> hurting = new(StringComparer.Ordinal);
    private bool needsAreKnown = true;

    /// <summary>Names of the packs that hold what the snapshots need.</summary>
    public HashSet<string> FindNeededPacks()
    {
        var packs = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < needed.Length; i++)
        {
            if (needed[i]) packs.Add(index.Packs[i].Name);
        }

        return packs;
    }

    /// <summary>Whether something that a snapshot needs is in no index.</summary>
    public bool LacksBlobs { get; private set; }

    /// <summary>Whether no snapshot that was checked lacks anything for want of a pack: what they need of it has other copies. Where a tree could not be read, nobody knows.</summary>
    public bool CanDoWithout(string pack) => needsAreKnown && !hurting.Contains(pack);

    /// <summary>Begins anew, with the damage that is known by now.</summary>
    public void Begin()
    {
        whole.Dispose();
        whole = new BlobSet();
        touched.Clear();
        hurting.Clear();
        needsAreKnown = true;
    }

    /// <summary>Checks that everything that a snapshot names is there.</summary>
    /// <returns>Whether damage touches it.</returns>
    public async Task<bool> CheckAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var root = BlobId.Parse(snapshot.Root);
        if (IsKnown(root, out bool damaged)) return damaged;
        var trees = new TreeReader(blobs);
        var open = new Stack<Frame>();
        open.Push(await EnterAsync(trees, root, cancellationToken));
        while (true)
        {
            Frame frame = open.Peek();
            if (frame.Next < frame.Folders.Count)
            {
                BlobId below = frame.Folders[frame.Next++];
                if (IsKnown(below, out damaged)) frame.Touched |= damaged;
                else open.Push(await EnterAsync(trees, below, cancellationToken));
                continue;
            }

            open.Pop();
            if (frame.Touched) touched.Add(frame.Tree);
            else whole.Add(frame.Tree);
            if (open.Count == 0) return frame.Touched;
            open.Peek().Touched |= frame.Touched;
        }
    }

    public void Dispose()
    {
        whole.Dispose();
        blobs.Dispose();
    }

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
                else if (entry.Kind != ItemKind.File) continue;
                else if (entry.ContentDepth > 0) frame.Touched |= await IsTouchedAsync(trees, entry, cancellationToken);
                else foreach (BlobId id in entry.Content) frame.Touched |= IsTouched(id);
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
        bool damaged = false;
        IReadOnlyList<BlobId> content = await trees.ReadContentAsync(file, list => damaged |= IsTouched(list), cancellationToken);
        foreach (BlobId id in content) damaged |= IsTouched(id);
        return damaged;
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

    private bool IsKnown(BlobId tree, out bool damaged)
    {
        damaged = touched.Count > 0 && touched.Contains(tree);
        return damaged || whole.Contains(tree);
    }

    private bool IsTouched(BlobId id)
    {
        // One good copy is enough, and is what a restore finds.
        bool doubtful = true;
        int copy = 0;
        for (; index.TryFind(id, copy, out BlobLocation location); copy++)
        {
            needed[location.Pack] = true;
            doubtful = doubtful && log.IsDoubtful(index.Packs[location.Pack].Name, location.Segment);
        }

        if (copy > 0)
        {
            for (int hurt = 0; doubtful && index.TryFind(id, hurt, out BlobLocation location); hurt++) hurting.Add(index.Packs[location.Pack].Name);
            return doubtful;
        }

        LacksBlobs = true;
        if (told.Add(id)) log.Add(BackupError.BlobMissing, id.ToString(), $"The blob {id} is in no index.");
        return true;
    }

    private void Tell(BlobId id, BackupException e)
    {
        needsAreKnown = false;
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
