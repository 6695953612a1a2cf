using System.Collections.Concurrent;
using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// A folder of the destination that is being filled. It is made when the first item needs it, and gets its own metadata when the last one
/// is done, because every item changes the folder's times. Of a usual tree it stays open until then; of a very deep one few folders do while nobody works in
/// them (<see cref="KeptDepth"/>).
/// </summary>
internal sealed class RestoreFolder
{
    private readonly Lock gate = new();
    private readonly int depth;
    private NameClaims? claims;

    // Those of the whole restore: the destination's is shared by all below it.
    private readonly ConcurrentDictionary<RestoreFolder, bool> open;
    private readonly IAccounts? accounts;
    private readonly string overwrite;
    private readonly OpenedItems? opened;
    private IFolder? folder;

    // Where a link has led, from the destination down.
    private byte[][]? led;
    private BackupException? failure;
    private int pending = 1;

    // Who works with the handle, or will at once; and whether the walk has gone on to a folder in this one.
    private int users;
    private bool rests;
    private bool entered;
    private volatile bool markKept;
    private volatile bool markLost;

    private RestoreFolder(RestoreFolder? parent, string path, TreeEntry? entry, IFolder? folder, string overwrite, OpenedItems? opened, IAccounts? accounts)
    {
        this.overwrite = overwrite;
        this.opened = opened;
        Parent = parent;
        Path = path;
        Entry = entry;
        this.folder = folder;
        this.accounts = accounts;
        depth = parent is null ? 0 : parent.depth + 1;
        open = parent?.open ?? new ConcurrentDictionary<RestoreFolder, bool>();
        if (parent is not null) Interlocked.Increment(ref parent.pending);
    }

    /// <summary>Why a folder is not made where something else is.</summary>
    public const string Conflict = "something that is not a folder is in the folder's place";

    /// <summary>Whether a folder takes the place of something else.</summary>
    public static bool Replaces(string overwrite, TreeEntry wanted, in ItemInfo there, bool selected) =>
        selected && !there.IsMountRoot && OverwriteRule.Replaces(overwrite, wanted, there);

    public RestoreFolder? Parent { get; }

    /// <summary>Absolute path on the source, for messages.</summary>
    public string Path { get; }

    /// <summary>The folder in the snapshot; <see langword="null"/> for the destination itself.</summary>
    public TreeEntry? Entry { get; }

    /// <summary>Whether the folder itself is wanted, so that it gets its metadata back although it was there.</summary>
    public bool Selected { get; init; }

    /// <summary>Whether this restore has made it.</summary>
    public bool Created { get; private set; }

    /// <summary>Whether it was there, with the mark of one that a killed restore had made and not finished (<see cref="UnfinishedFolder"/>).</summary>
    public bool WasUnfinished { get; private set; }

    /// <summary>What new items in it have already; <see langword="null"/> where this restore has not made it, or that cannot be told.</summary>
    public NewItems? NewItems { get; private set; }

    /// <summary>
    /// Whether files are written under their own names: in a folder that this restore has made nobody looks for whole ones yet, and the mark of an
    /// unfinished file (<see cref="UnfinishedFile"/>) tells it from a whole one.
    /// </summary>
    public bool WritesInPlace => NewItems is not null && !markLost;

    /// <summary>The destination itself.</summary>
    /// <param name="destination">The destination, open.</param>
    /// <param name="overwrite">The rule of overwriting.</param>
    /// <param name="opened">Opens folders that deny it; <see langword="null"/>: none is.</param>
    /// <param name="accounts">Tells whose links are followed on the way to what is restored; <see langword="null"/>: nobody's.</param>
    public static RestoreFolder ForDestination(IFolder destination, string overwrite, OpenedItems? opened, IAccounts? accounts = null) =>
        new(null, "", null, destination, overwrite, opened, accounts);

    public RestoreFolder Below(string path, TreeEntry entry, bool selected) =>
        new(this, path, entry, null, overwrite, opened, accounts) { Selected = selected };

    /// <summary>The open folder, made where it is missing.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.TargetConflict"/> when something else is in its place; <see cref="BackupError.HostileName"/>; <see cref="BackupError.WriteFailed"/>.</exception>
    public IFolder Open()
    {
        if (IsOpen) return OpenHere();

        // From above, so that depth does not cost the thread's stack. Each stays open until the next one is.
        var way = new Stack<RestoreFolder>();
        for (RestoreFolder next = this; next.Parent is not null && !next.IsOpen; next = next.Parent) way.Push(next);
        RestoreFolder? held = null, above = null;
        try
        {
            foreach (RestoreFolder next in way)
            {
                above?.LetGo();
                above = held;
                held = next;
                next.Hold();
                next.OpenHere();
            }

            return OpenHere();
        }
        finally
        {
            above?.LetGo();
            held?.LetGo();
        }
    }

    private bool IsOpen
    {
        get
        {
            lock (gate) return folder is not null;
        }
    }

    private IFolder OpenHere()
    {
        lock (gate)
        {
            if (folder is not null) return folder;
            if (failure is not null) throw failure;
            try
            {
                Parent!.Hold();
                folder = entered ? OpenOnceMore() : Create(Parent.Open());
                entered = true;
                open.TryAdd(this, true);
                return folder;
            }
            catch (BackupException e)
            {
                // Told once for each item below it, and tried once.
                failure = e;
                throw;
            }
            finally
            {
                Parent!.LetGo();
            }
        }
    }

    /// <summary>Does something in the open folder, which stays open meanwhile.</summary>
    public void With(Action<IFolder> work)
    {
        Hold();
        try
        {
            work(Open());
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>After a call in this folder was denied: opens it up, where its own mode is the reason.</summary>
    /// <returns>Whether the call may be tried again.</returns>
    public bool TryOpenUp()
    {
        if (opened is null) return false;
        if (Entry is null) return opened.TryOpenDestination();
        bool isOpen = false;
        Parent!.With(above => isOpen = opened.TryOpen(above, TargetName.From(Entry, Parent.Entry is null, Path), opened.PathOf(Path)));
        return isOpen;
    }

    /// <summary>
    /// Whether a file that was just created in this folder, open as <paramref name="opened"/>, is what <see cref="NewItems"/> says and carries the mark:
    /// a file system without modes, or a default ACL, may have dropped it.
    /// </summary>
    public bool KeepsMark(IFolder opened, byte[] name)
    {
        // The first file tells: all of a folder are on one file system.
        if (markKept) return true;
        bool kept = opened.TryGetInfo(name, out ItemInfo info) && UnfinishedFile.Is(info) && info.UserId == NewItems!.UserId && info.GroupId == NewItems.GroupId;
        if (kept) markKept = true;
        else markLost = true;
        return kept;
    }

    /// <summary>
    /// The item of the snapshot that a name of this folder belongs to already, because its file system takes the two names for the same;
    /// <see langword="null"/>: none.
    /// </summary>
    /// <param name="opened">This folder, open.</param>
    /// <param name="name">The name.</param>
    /// <param name="there">Whether something answers to it.</param>
    public string? FindOther(IFolder opened, byte[] name, bool there)
    {
        if (there) return Claims.Claim(opened, name, onlyExact: Created);
        if (!Created) Claims.Add(name);
        return null;
    }

    private NameClaims Claims => LazyInitializer.EnsureInitialized(ref claims, static () => new NameClaims());

    /// <summary>The error for an item whose name belongs to another.</summary>
    public static BackupException Collision(string other, string path) =>
        new(
            BackupError.TargetConflict,
            $"the target's file system takes its name for that of '{PathText.ToDisplay(other)}', which is in the snapshot, too",
            path);

    /// <summary>One more item, not a folder, is under way in it.</summary>
    public void Expect()
    {
        Interlocked.Increment(ref pending);
        Hold();
    }

    /// <summary>An item that was announced by <see cref="Expect"/> is done.</summary>
    public void ReleaseItem(Action<RestoreFolder> finish)
    {
        LetGo();
        Release(finish);
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

    /// <summary>One item less; the last one finishes the folder, and perhaps those above.</summary>
    /// <param name="finish">Gives the folder its metadata.</param>
    public void Release(Action<RestoreFolder> finish)
    {
        RestoreFolder? done = this;
        while (done is not null && Interlocked.Decrement(ref done.pending) == 0)
        {
            if (done.entered) finish(done);
            done.folder?.Dispose();
            open.TryRemove(done, out _);
            done = done.Parent;
        }
    }

    /// <summary>Opens the folder, which may be closed by now, once more: from the destination down, following no link.</summary>
    public IFolder OpenAgain(IFolder destination)
    {
        using var way = new FolderPath(destination);
        return way.Open(Segments);
    }

    /// <summary>Closes every folder below the destination that a restore which was given up has left open; nobody works in them any more.</summary>
    public void Abandon()
    {
        foreach (RestoreFolder left in open.Keys) left.folder?.Dispose();
    }

    // Whether something that is no folder is in its place, and goes: else opening it tells.
    private bool ReplacesItem(IFolder above, byte[] name) =>
        above.TryGetInfo(name, out ItemInfo there) && there.Kind != ItemKind.Directory && Replaces(overwrite, Entry!, there, Selected);

    // It is put aside until the folder is there.
    private void Replace(IFolder above, byte[] name)
    {
        byte[] aside = TemporaryName.Next();
        above.Rename(name, aside, replace: false);
        try
        {
            above.CreateFolder(name, UnfinishedFolder.Mode);
        }
        catch
        {
            above.Rename(aside, name, replace: false);
            throw;
        }

        above.Delete(aside);
        Created = true;
    }

    // What is denied by the own mode of the folder above comes once that is open.
    private void InParent(Action change)
    {
        try
        {
            change();
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && Parent!.TryOpenUp())
        {
            change();
        }
    }

    private IFolder Create(IFolder above)
    {
        byte[] name = TargetName.From(Entry!, isTop: Parent!.Entry is null, Path);
        try
        {
            try
            {
                InParent(() => above.CreateFolder(name, UnfinishedFolder.Mode));
                Created = true;
            }
            catch (PlatformException e) when (e.Failure == PlatformFailure.Exists)
            {
                if (ReplacesItem(above, name)) InParent(() => Replace(above, name));
            }

            if (Parent.FindOther(above, name, there: !Created) is { } other) throw Collision(other, Path);
            IFolder made = OpenIn(above, name);
            if (Created) NewItems = NewItems.In(made);
            else WasUnfinished = led is null && Entry!.Mode != UnfinishedFolder.Mode && UnfinishedFolder.Is(made.GetInfo());
            return made;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotAFolder)
        {
            throw new BackupException(BackupError.TargetConflict, Conflict, Path, e);
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.WriteFailed, e.Message, Path, e);
        }
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

    private IFolder OpenOnceMore()
    {
        try
        {
            return led is not null ? OpenAgain(Destination) : Parent!.Open().OpenFolder(TargetName.From(Entry!, isTop: Parent.Entry is null, Path));
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.WriteFailed, e.Message, Path, e);
        }
    }

    private IFolder OpenIn(IFolder above, byte[] name)
    {
        try
        {
            return opened is null ? above.OpenFolder(name) : opened.OpenFolder(above, name, opened.PathOf(Path));
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotAFolder && Entry!.Ancestor && accounts is not null)
        {
            (IFolder reached, led) = LeadingLink.Follow(Destination, Parent!.Segments, name, Path, accounts);
            return reached;
        }
    }

    private IFolder Destination
    {
        get
        {
            RestoreFolder top = this;
            while (top.Parent is not null) top = top.Parent;
            return top.folder!;
        }
    }

    // Names from the destination down.
    private byte[][] Segments
    {
        get
        {
            var names = new Stack<byte[]>();
            RestoreFolder above = this;
            for (; above.Parent is not null && above.led is null; above = above.Parent)
            {
                names.Push(TargetName.From(above.Entry!, isTop: above.Parent.Entry is null, above.Path));
            }

            return [.. above.led ?? [], .. names];
        }
    }
}
