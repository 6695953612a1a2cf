using System.Collections.Concurrent;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// A folder of the destination that is being filled. It is made when the first item needs it, and gets its own metadata when the last one
/// is done, because every item changes the folder's times.
/// </summary>
internal sealed class RestoreFolder
{
    private readonly Lock gate = new();
    private NameClaims? claims;

    // Those of the whole restore: the destination's is shared by all below it.
    private readonly ConcurrentDictionary<RestoreFolder, bool> open;
    private IFolder? folder;
    private BackupException? failure;
    private int pending = 1;
    private volatile bool markKept;
    private volatile bool markLost;

    private RestoreFolder(RestoreFolder? parent, string path, TreeEntry? entry, IFolder? folder)
    {
        Parent = parent;
        Path = path;
        Entry = entry;
        this.folder = folder;
        open = parent?.open ?? new ConcurrentDictionary<RestoreFolder, bool>();
        parent?.Expect();
    }

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

    public static RestoreFolder ForDestination(IFolder destination) => new(null, "", null, destination);

    public RestoreFolder Below(string path, TreeEntry entry, bool selected) => new(this, path, entry, null) { Selected = selected };

    /// <summary>The open folder, made where it is missing.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.TargetConflict"/> when something else is in its place; <see cref="BackupError.HostileName"/>; <see cref="BackupError.WriteFailed"/>.</exception>
    public IFolder Open()
    {
        lock (gate)
        {
            if (folder is not null) return folder;
            if (failure is not null) throw failure;
            try
            {
                folder = Create(Parent!.Open());
                open.TryAdd(this, true);
                return folder;
            }
            catch (BackupException e)
            {
                // Told once for each item below it, and tried once.
                failure = e;
                throw;
            }
        }
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

    /// <summary>The item of the snapshot that a name of this folder belongs to already, because its file system takes the two names for the same; <see langword="null"/>: none.</summary>
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
        new(BackupError.TargetConflict, $"the target's file system takes its name for that of '{PathText.ToDisplay(other)}', which is in the snapshot, too", path);

    /// <summary>One more item is under way in it.</summary>
    public void Expect() => Interlocked.Increment(ref pending);

    /// <summary>One item less; the last one finishes the folder, and perhaps those above.</summary>
    /// <param name="finish">Gives the folder its metadata.</param>
    public void Release(Action<RestoreFolder> finish)
    {
        RestoreFolder? done = this;
        while (done is not null && Interlocked.Decrement(ref done.pending) == 0)
        {
            if (done.folder is not null && done.Entry is not null) finish(done);
            done.folder?.Dispose();
            open.TryRemove(done, out _);
            done = done.Parent;
        }
    }

    /// <summary>Opens the folder, which may be closed by now, once more: from the destination down, following no link.</summary>
    public IFolder OpenAgain(IFolder destination)
    {
        byte[] name = TargetName.From(Entry!, isTop: Parent!.Entry is null, Path);
        if (Parent.Entry is null) return destination.OpenFolder(name);
        using IFolder above = Parent.OpenAgain(destination);
        return above.OpenFolder(name);
    }

    /// <summary>Closes every folder below the destination that a restore which was given up has left open; nobody works in them any more.</summary>
    public void Abandon()
    {
        foreach (RestoreFolder left in open.Keys) left.folder?.Dispose();
    }

    private IFolder Create(IFolder above)
    {
        byte[] name = TargetName.From(Entry!, isTop: Parent!.Entry is null, Path);
        try
        {
            try
            {
                above.CreateFolder(name, UnfinishedFolder.Mode);
                Created = true;
            }
            catch (PlatformException e) when (e.Failure == PlatformFailure.Exists)
            {
                // It is there, or something else is: opening tells.
            }

            if (Parent.FindOther(above, name, there: !Created) is { } other) throw Collision(other, Path);
            IFolder opened = above.OpenFolder(name);
            if (Created) NewItems = NewItems.In(opened);
            else WasUnfinished = Entry!.Mode != UnfinishedFolder.Mode && UnfinishedFolder.Is(opened.GetInfo());
            return opened;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotAFolder)
        {
            throw new BackupException(BackupError.TargetConflict, "something that is not a folder is in the folder's place", Path, e);
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.WriteFailed, e.Message, Path, e);
        }
    }
}
