using System.Collections.Concurrent;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// A folder of the snapshot on the way through the target: one that is there, or one that is built anew. It is finished when the last item in it is done,
/// and open until then; of a very deep tree few folders are open while nobody works in them (<see cref="KeptDepth"/>).
/// </summary>
internal sealed class TargetFolder
{
    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<TargetFolder, bool> open;
    private readonly int depth;
    private IFolder? folder;
    private int pending = 1;

    // Who works with the handle; and whether the walk has gone on to a folder in this one.
    private int users;
    private bool rests;
    private bool begun;

    private TargetFolder(TargetFolder? parent, string path, byte[] name, TreeEntry? entry, IFolder? folder)
    {
        Parent = parent;
        Path = path;
        Name = name;
        Entry = entry;
        this.folder = folder;
        begun = folder is not null;
        depth = parent is null ? 0 : parent.depth + 1;
        open = parent?.open ?? new ConcurrentDictionary<TargetFolder, bool>();
        if (folder is not null && parent is not null) open.TryAdd(this, true);
        if (parent is not null) Interlocked.Increment(ref parent.pending);
    }

    public TargetFolder? Parent { get; }

    /// <summary>Absolute path on the source.</summary>
    public string Path { get; }

    /// <summary>Its name in the target; empty for the destination itself.</summary>
    public byte[] Name { get; }

    /// <summary>The folder in the snapshot; <see langword="null"/> for the destination itself.</summary>
    public TreeEntry? Entry { get; }

    /// <summary>What is in its place: the folder itself, or something that it replaces.</summary>
    public ItemInfo? There { get; private init; }

    /// <summary>Whether it is built anew.</summary>
    public bool IsNew { get; private init; }

    /// <summary>Whether it is the topmost of what is built anew: it gets its place by a step.</summary>
    public bool IsTopOfNew => IsNew && Parent is not { IsNew: true };

    /// <summary>Whether the folder itself is wanted, so that it gets its metadata back, and all below it is wanted.</summary>
    public bool Selected { get; init; }

    /// <summary>Extended attributes to set, where it is built anew.</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>Where it is there: how its metadata differs.</summary>
    public Mending? Mending { get; init; }

    /// <summary>What the policy excludes in it; <see langword="null"/>: not asked, or not known.</summary>
    public FilterScope? Scope { get; set; }

    /// <summary>Whether it is not known what is excluded in it, so that nothing in it is deleted.</summary>
    public bool KeepsExtras { get; set; }

    /// <summary>Items that are there, where those that the snapshot does not have are looked for.</summary>
    public FolderExtras? Extras { get; set; }

    /// <summary>Which item of the snapshot each item that is there is.</summary>
    public NameClaims Claims { get; } = new();

    /// <summary>Where new items for it are built; <see langword="null"/>: not asked yet.</summary>
    public WorkFolder? Work { get; set; }

    /// <summary>Whether it was found that no work folder can be made in it.</summary>
    public bool RefusesWork { get; set; }

    /// <summary>The name in the work folder under which the topmost of what is built anew is built; empty until it is begun.</summary>
    public byte[] Staged { get; set; } = [];

    /// <summary>Whether a step puts something into it or removes something from it.</summary>
    public bool Touched { get; set; }

    /// <summary>Where a link in its place has led, from the destination down; <see langword="null"/>: no link is there.</summary>
    public byte[][]? Led { get; private init; }

    /// <summary>Names from the destination down.</summary>
    public byte[][] Segments
    {
        get
        {
            var segments = new List<byte[]>();
            TargetFolder above = this;
            for (; above.Parent is not null && above.Led is null; above = above.Parent) segments.Add(above.Name);
            segments.Reverse();
            return [.. above.Led ?? [], .. segments];
        }
    }

    public static TargetFolder ForDestination(IFolder destination) => new(null, Backup.SourcePath.Root, [], null, destination) { There = destination.GetInfo() };

    /// <summary>A folder that is there. The handle is taken over.</summary>
    public TargetFolder Existing(string path, byte[] name, TreeEntry entry, IFolder opened, in ItemInfo info, bool selected, Mending? mending) =>
        new(this, path, name, entry, opened) { There = info, Selected = selected, Mending = mending };

    /// <summary>A folder to which a link in its place leads. The handle is taken over.</summary>
    public TargetFolder LedTo(string path, byte[] name, TreeEntry entry, IFolder opened, byte[][] segments) =>
        new(this, path, name, entry, opened) { There = opened.GetInfo(), Led = segments };

    /// <summary>A folder that is built anew, in the place of what is there, if anything is.</summary>
    public TargetFolder New(string path, byte[] name, TreeEntry entry, in ItemInfo? there, bool selected, IReadOnlyList<ExtendedAttribute> attributes) =>
        new(this, path, name, entry, null) { There = there, IsNew = true, Selected = selected, Attributes = attributes };

    /// <summary>Whether it has been begun.</summary>
    public bool IsBegun
    {
        get
        {
            lock (gate) return begun;
        }
    }

    /// <summary>The open folder.</summary>
    /// <param name="create">Makes and opens one that is built anew, once.</param>
    public IFolder Open(Func<TargetFolder, IFolder> create)
    {
        lock (gate)
        {
            if (folder is not null) return folder;
            folder = begun ? OpenAgain() : create(this);
            begun = true;
            open.TryAdd(this, true);
            return folder;
        }
    }

    /// <summary>
    /// The open folder, of one that is there or has been begun. It stays open while an item in it is under way, or the walk is in it; else see
    /// <see cref="With"/>.
    /// </summary>
    public IFolder Folder => Open(static _ => throw new InvalidOperationException("It has not been begun."));

    /// <summary>Does something while the folder stays open.</summary>
    public T With<T>(Func<TargetFolder, T> work)
    {
        Hold();
        try
        {
            return work(this);
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>The walk has gone on to a folder in this one.</summary>
    public void Rest()
    {
        lock (gate)
        {
            rests = true;
            CloseIfIdle();
        }
    }

    /// <summary>The walk is in this folder again.</summary>
    public void Resume()
    {
        lock (gate) rests = false;
    }

    /// <summary>One more item, not a folder, is under way in it.</summary>
    public void Expect()
    {
        Interlocked.Increment(ref pending);
        Hold();
    }

    /// <summary>An item that was announced by <see cref="Expect"/> is done.</summary>
    public void ReleaseItem(Action<TargetFolder> finish)
    {
        LetGo();
        Release(finish);
    }

    /// <summary>One item less; the last one finishes the folder, and perhaps those above.</summary>
    public void Release(Action<TargetFolder> finish)
    {
        TargetFolder? done = this;
        while (done is not null && Interlocked.Decrement(ref done.pending) == 0)
        {
            TargetFolder finished = done;
            if (done.Parent is null)
            {
                finish(done);
                return;
            }

            done.Parent.With(_ => { finish(finished); return true; });
            done.folder?.Dispose();
            open.TryRemove(done, out _);
            done = done.Parent;
        }
    }

    /// <summary>Closes every folder below the destination that a restore which was given up has left open; nobody works in them any more.</summary>
    public void Abandon()
    {
        foreach (TargetFolder left in open.Keys) left.folder?.Dispose();
    }

    private void Hold()
    {
        lock (gate) users++;
    }

    private void LetGo()
    {
        lock (gate)
        {
            users--;
            CloseIfIdle();
        }
    }

    private void CloseIfIdle()
    {
        if (!rests || users > 0 || folder is null || KeptDepth.IsKept(depth)) return;
        folder.Dispose();
        folder = null;
        open.TryRemove(this, out _);
    }

    private bool TryHold()
    {
        lock (gate)
        {
            if (folder is null) return false;
            users++;
            return true;
        }
    }

    // From the nearest above that is open, following no link.
    private IFolder OpenAgain()
    {
        var way = new Stack<byte[]>();
        TargetFolder? held = null;
        IFolder? start = null;
        for (TargetFolder at = this; start is null; at = at.Parent!)
        {
            if (at.TryHold())
            {
                held = at;
                start = at.folder!;
            }
            else if (at.IsTopOfNew)
            {
                way.Push(at.Staged);
                start = at.Work!.Folder;
            }
            else if (at.Led is not null)
            {
                foreach (byte[] segment in at.Led.Reverse()) way.Push(segment);
                start = at.Top.folder!;
            }
            else
            {
                way.Push(at.Name);
            }
        }

        try
        {
            using var path = new FolderPath(start);
            return path.Open([.. way]);
        }
        finally
        {
            held?.LetGo();
        }
    }

    private TargetFolder Top
    {
        get
        {
            TargetFolder top = this;
            while (top.Parent is not null) top = top.Parent;
            return top;
        }
    }
}
