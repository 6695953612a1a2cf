using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// A folder of the walk. As long as everything in it is as in the parent's tree it only counts: if that holds to the end, its tree is the
/// parent's. From the first difference on its tree is put together here, in order, as entries come in; whoever fills its last slot (the
/// walk, a worker, or the completion of a folder below) ends the tree and fills the slot above.
/// </summary>
internal sealed class FolderNode
{
    // Slots that were written are dropped from the front so many at a time.
    private const int DropLength = 256;

    private readonly TreeEntry? entry;
    private readonly Lock gate = new();
    private List<object?>? slots;
    private int firstSlot, head;
    private int parentSlot;
    private int pending;

    /// <param name="parent">The folder above; <see langword="null"/> for the root.</param>
    /// <param name="entry">This folder's entry, without its tree; <see langword="null"/> for the root.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="before">Its tree in the parent snapshot; zero: none.</param>
    public FolderNode(FolderNode? parent, TreeEntry? entry, SourceFolder place, BlobId before)
    {
        Parent = parent;
        this.entry = entry;
        Place = place;
        Before = before;
    }

    public FolderNode? Parent { get; }

    public SourceFolder Place { get; }

    /// <summary>Its tree in the parent snapshot; zero: none.</summary>
    public BlobId Before { get; }

    /// <summary>Items so far, while they are the first ones of <see cref="Before"/> and nothing else.</summary>
    public int Same { get; set; }

    /// <summary>Whether it has a tree of its own.</summary>
    public bool Differs { get; private set; }

    /// <summary>The tree that is being written; <see langword="null"/> in a plan.</summary>
    public FolderPages? Pages { get; private set; }

    /// <summary>Absolute path, for messages.</summary>
    public string Path => Place.Path;

    /// <summary>The folder, opened when somebody needs it for the first time.</summary>
    /// <exception cref="PlatformException">It cannot be opened.</exception>
    public IFolder Folder => Place.Open();

    /// <summary>Absolute path of an item in it.</summary>
    public string PathOf(ReadOnlySpan<byte> name) => Place.PathOf(name);

    /// <summary>From here on it has a tree of its own. The folder above has one already.</summary>
    public void BeginTree(FolderPages? pages)
    {
        Differs = true;
        Pages = pages;
        pending = 1;
        if (Parent is not null) parentSlot = Parent.Expect();
    }

    /// <summary>Announces an item that will be filled in later, or left out, by <see cref="Fill"/>. Only the walk does this, in the order of names.</summary>
    /// <returns>Its slot.</returns>
    public int Expect()
    {
        lock (gate)
        {
            Interlocked.Increment(ref pending);
            slots ??= [];
            slots.Add(null);
            return firstSlot + slots.Count - 1;
        }
    }

    /// <summary>Adds an item. Only the walk does this, in the order of names.</summary>
    public void Add(TreeEntry item)
    {
        lock (gate)
        {
            if (IsInOrder) Pages?.Add(item);
            else slots!.Add(item);
        }
    }

    /// <summary>Adds an item as the parent's tree has it.</summary>
    public void Add(scoped ref TreePageReader item)
    {
        lock (gate)
        {
            if (IsInOrder) Pages?.Add(ref item);
            else slots!.Add(Pages is null ? Slot.Empty : item.ToEntry());
        }
    }

    /// <summary>Fills a slot that was announced; <see langword="null"/> leaves it empty.</summary>
    public void Fill(int slot, TreeEntry? item, IFolderCompletion completion)
    {
        lock (gate)
        {
            slots![slot - firstSlot] = Pages is null || item is null ? Slot.Empty : item;
            WriteWhatIsReady();
        }

        Release(completion);
    }

    /// <summary>One user of the node less; the last one completes it, and perhaps those above.</summary>
    public void Release(IFolderCompletion completion)
    {
        FolderNode node = this;
        while (Interlocked.Decrement(ref node.pending) == 0)
        {
            node.Place.Close();
            BlobId tree = completion.Complete(node);
            if (node.Parent is null)
            {
                completion.CompleteRoot(tree);
                return;
            }

            node.entry!.Subtree = tree;
            node.Parent.FillOnly(node.parentSlot, node.entry);
            node = node.Parent;
        }
    }

    private bool IsInOrder => slots is null || slots.Count == 0;

    private void FillOnly(int slot, TreeEntry item)
    {
        lock (gate)
        {
            slots![slot - firstSlot] = Pages is null ? Slot.Empty : item;
            WriteWhatIsReady();
        }
    }

    private void WriteWhatIsReady()
    {
        while (head < slots!.Count && slots[head] is { } ready)
        {
            if (ready is TreeEntry item) Pages!.Add(item);
            slots[head++] = null;
        }

        if (head < slots.Count && head < DropLength) return;
        slots.RemoveRange(0, head);
        firstSlot += head;
        head = 0;
    }

    // What stands in a slot that is filled and has no entry.
    private sealed class Slot
    {
        public static readonly Slot Empty = new();
    }
}
