using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// A folder whose tree is being put together. Whoever fills its last slot (the walk, a worker, or the completion of a folder below) writes
/// the tree and fills the slot above.
/// </summary>
internal sealed class FolderNode
{
    private readonly FolderNode? parent;
    private readonly int parentSlot;
    private readonly TreeEntry? entry;
    private readonly TreeEntry?[] slots;
    private int pending = 1;

    /// <param name="parent">The folder above; <see langword="null"/> for the root.</param>
    /// <param name="parentSlot">Where this folder's entry goes.</param>
    /// <param name="entry">This folder's entry, without its tree; <see langword="null"/> for the root.</param>
    /// <param name="path">Absolute path, for messages.</param>
    /// <param name="folder">The open folder, closed when nobody needs it any more; <see langword="null"/> where it could not be opened.</param>
    /// <param name="slots">How many items there may be; slots are in the order of names.</param>
    public FolderNode(FolderNode? parent, int parentSlot, TreeEntry? entry, string path, IFolder? folder, int slots)
    {
        this.parent = parent;
        this.parentSlot = parentSlot;
        this.entry = entry;
        Path = path;
        Folder = folder;
        this.slots = new TreeEntry?[slots];
        if (parent is not null) Interlocked.Increment(ref parent.pending);
    }

    public string Path { get; }

    public IFolder? Folder { get; }

    /// <summary>Absolute path of an item in it.</summary>
    public string PathOf(byte[] name) => SourcePath.Join(Path, PathText.FromBytes(name));

    /// <summary>Announces that a slot will be filled later, or left empty, by <see cref="Fill"/>.</summary>
    public void Expect() => Interlocked.Increment(ref pending);

    /// <summary>Closes the folder of a run that was given up; nobody works in it any more.</summary>
    public void Abandon() => Folder?.Dispose();

    /// <summary>Fills a slot at once. Only the walk does this, before its own <see cref="Release"/>.</summary>
    public void Set(int slot, TreeEntry item) => slots[slot] = item;

    /// <summary>Fills a slot that was announced; <see langword="null"/> leaves it empty.</summary>
    public void Fill(int slot, TreeEntry? item, IFolderCompletion completion)
    {
        slots[slot] = item;
        Release(completion);
    }

    /// <summary>One user of the node less; the last one completes it, and perhaps those above.</summary>
    public void Release(IFolderCompletion completion)
    {
        FolderNode? node = this;
        while (node is not null && Interlocked.Decrement(ref node.pending) == 0)
        {
            node.Folder?.Dispose();
            completion.Complete(node, [.. node.slots.Where(static s => s is not null)!], node.entry);
            if (node.parent is not null) node.parent.slots[node.parentSlot] = node.entry;
            node = node.parent;
        }
    }
}
