using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>
/// A store's folder on Unix. The folder is held open and everything is reached from there, segment by segment and never through a link: what is
/// mounted over or moved meanwhile changes nothing, and nobody who can write to the store can lead a call out of it.
/// </summary>
internal abstract class UnixFolderFiles : FolderFiles
{
    /// <summary>Objects are for their owner alone: 0600.</summary>
    public const uint FileMode = 0x180;

    /// <summary>Folders likewise: 0700.</summary>
    public const uint FolderMode = 0x1C0;

    private readonly SafeFileHandle _root;
    private readonly byte[] _rootPath;
    private readonly UnixTemporaries _temporaries;
    private volatile FolderPublishing _publishing;

    protected UnixFolderFiles(string path, bool create, FolderPublishing publishing)
        : base(path)
    {
        if (!Environment.Is64BitProcess) throw new PlatformNotSupportedException("A folder can be an object store in 64-bit processes.");
        System = UnixSystem.Current;
        FolderFlags = UnixSystem.OpenReadOnly | System.OpenFolder | System.OpenCloseOnExec;
        _rootPath = [.. PathText.ToBytes(path), 0];
        _publishing = publishing;
        _temporaries = new UnixTemporaries(this);
        if (create) UnixRootFolder.Create(this, _rootPath);
        _root = UnixCalls.Open(_rootPath, FolderFlags);
        if (!_root.IsInvalid) return;
        int errno = Marshal.GetLastPInvokeError();
        if (errno is UnixSystem.NoEntry or UnixSystem.NotAFolder) throw Gone(Marshal.GetPInvokeErrorMessage(errno));
        throw UnixErrors.From(errno, "open the folder", path);
    }

    public override FolderPublishing Publishing => _publishing;

    /// <summary>The system's numbers.</summary>
    public UnixSystem System { get; }

    /// <summary>Flags that open a folder, following a link at its end.</summary>
    public int FolderFlags { get; }

    /// <summary>Makes a file's content and length durable.</summary>
    public abstract void Sync(SafeFileHandle file, string path);

    /// <summary>Renames without replacing.</summary>
    /// <returns>0, or errno.</returns>
    public abstract int RenameNew(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to);

    /// <summary>Names in a folder that begin with <paramref name="beginning"/>, in no order.</summary>
    public abstract IReadOnlyList<string> ReadNames(SafeFileHandle folder, string folderName, string beginning);

    /// <summary>From now on new objects are published in this way, if not in a later one already: the file system has shown that it cannot do the one before.</summary>
    public void FallBackTo(FolderPublishing publishing)
    {
        if (_publishing < publishing) _publishing = publishing;
    }

    /// <summary>Whether the file system of an open folder is a server's, or stands for one. Asked after an error only.</summary>
    protected abstract bool IsRemote(SafeFileHandle folder);

    /// <summary>Makes the names in a folder durable.</summary>
    public void SyncFolder(SafeFileHandle folder, string path)
    {
        while (UnixCalls.Sync(folder) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == UnixSystem.Interrupted) continue;
            // Some network file systems have no such call for a folder: there the server's own order is all that there is.
            if (errno == UnixSystem.Invalid || errno == System.NotSupported || errno == System.NotSupportedOnSocket) return;
            throw FailureAt(path, errno, "make durable the folder", writes: true);
        }
    }

    /// <summary>Opens a folder of the store.</summary>
    /// <param name="folder">Segments joined by slashes; empty for the store's own.</param>
    /// <param name="create">Whether it is made when it is absent.</param>
    /// <returns><see langword="null"/> when it is absent and was not to be made.</returns>
    public SafeFileHandle? OpenFolder(string folder, bool create)
    {
        SafeFileHandle current = UnixCalls.OpenAt(_root, ".", FolderFlags);
        if (current.IsInvalid) throw Failure("open the folder", "");
        if (folder.Length == 0) return current;
        try
        {
            string reached = "";
            foreach (string segment in folder.Split('/'))
            {
                SafeFileHandle next = UnixCalls.OpenAt(current, segment, FolderFlags | System.OpenNoFollow);
                if (next.IsInvalid && create && Marshal.GetLastPInvokeError() == UnixSystem.NoEntry)
                {
                    MakeFolder(current, segment, reached);
                    // Also when another made it just now: it may not have come to this yet.
                    SyncFolder(current, PathOf(reached));
                    next = UnixCalls.OpenAt(current, segment, FolderFlags | System.OpenNoFollow);
                }

                reached = reached.Length == 0 ? segment : $"{reached}/{segment}";
                if (next.IsInvalid)
                {
                    int errno = Marshal.GetLastPInvokeError();
                    if (errno != UnixSystem.NoEntry || create) throw Failure(errno, "open the folder", reached);
                    ThrowIfGone();
                    return null;
                }

                current.Dispose();
                current = next;
            }

            SafeFileHandle opened = current;
            current = null!;
            return opened;
        }
        finally
        {
            current?.Dispose();
        }
    }

    public override void CreateFolders(string parent, IEnumerable<string> names)
    {
        using SafeFileHandle folder = OpenFolder(parent, create: true)!;
        foreach (string name in names) MakeFolder(folder, name, parent);
        SyncFolder(folder, PathOf(parent));
    }

    public override SafeFileHandle? OpenRead(string name, out long length)
    {
        length = 0;
        using SafeFileHandle? folder = OpenFolder(FolderOf(name), create: false);
        if (folder is null) return null;
        // A FIFO in an object's place must not block the call.
        SafeFileHandle file = UnixCalls.OpenAt(folder, LeafOf(name), UnixSystem.OpenReadOnly | System.OpenNoFollow | System.OpenNonBlocking | System.OpenCloseOnExec);
        if (file.IsInvalid)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == System.LinkLoop || errno == UnixSystem.NoDevice) throw NotAnObject(name);
            if (errno != UnixSystem.NoEntry) throw Failure(errno, "open", name);
            ThrowIfGone();
            return null;
        }

        try
        {
            if (Inspect(file, name, out length) != FolderItemKind.File) throw NotAnObject(name);
            return Interlocked.Exchange(ref file!, null);
        }
        finally
        {
            file?.Dispose();
        }
    }

    public override int Read(SafeFileHandle file, string name, long offset, Span<byte> destination)
    {
        while (true)
        {
            nint count = UnixCalls.Read(file, destination, (nuint)destination.Length, offset);
            if (count >= 0) return (int)count;
            int errno = Marshal.GetLastPInvokeError();
            if (errno != UnixSystem.Interrupted) throw Failure(errno, "read", name);
        }
    }

    public override long GetLength(string name)
    {
        using SafeFileHandle? folder = OpenFolder(FolderOf(name), create: false);
        if (folder is null) return -1;
        FolderItemKind kind = Inspect(folder, LeafOf(name), name, out long length);
        if (kind == FolderItemKind.File) return length;
        if (kind != FolderItemKind.Absent) throw NotAnObject(name);
        ThrowIfGone();
        return -1;
    }

    public override bool ConfirmExists(string name)
    {
        using SafeFileHandle? folder = OpenFolder(FolderOf(name), create: false);
        return folder is not null && ConfirmExists(folder, name);
    }

    /// <summary>The same, in an open folder.</summary>
    /// <exception cref="StoreException">Something stands there that is no object.</exception>
    public bool ConfirmExists(SafeFileHandle folder, string name)
    {
        switch (Inspect(folder, LeafOf(name), name, out _))
        {
            case FolderItemKind.Absent:
                return false;
            case FolderItemKind.File:
                // Whoever put it may have been killed before this. It wrote the content out before it gave it the name.
                SyncFolder(folder, PathOf(FolderOf(name)));
                return true;
            default:
                throw NotAnObject(name);
        }
    }

    public override PendingFile Begin(string name, bool replace)
    {
        SafeFileHandle folder = OpenFolder(FolderOf(name), create: true)!;
        try
        {
            PendingFile? pending = !replace && Publishing == FolderPublishing.Unnamed ? BeginUnnamed(folder, name) : null;
            pending ??= _temporaries.Begin(folder, name, replace);
            folder = null!;
            return pending;
        }
        finally
        {
            folder?.Dispose();
        }
    }

    public override void Delete(string name)
    {
        using SafeFileHandle? folder = OpenFolder(FolderOf(name), create: false);
        if (folder is null) return;
        if (UnixCalls.UnlinkAt(folder, LeafOf(name), 0) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == UnixSystem.NoEntry) ThrowIfGone();
            // A folder is no object, so there is none to delete. (POSIX says EPERM, Linux EISDIR.)
            else if (errno != UnixSystem.IsAFolder && (errno != UnixSystem.NotPermitted || Inspect(folder, LeafOf(name), name, out _) != FolderItemKind.Folder)) throw Failure(errno, "delete", name, writes: true);
        }

        // Removal has an order, as writing has: what is deleted must stay deleted before the next is. Also where another deleted it.
        SyncFolder(folder, PathOf(FolderOf(name)));
    }

    /// <summary>Appends to a file.</summary>
    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> content, string name)
    {
        while (!content.IsEmpty)
        {
            nint count = UnixCalls.Write(file, content, (nuint)content.Length);
            if (count >= 0)
            {
                content = content[(int)count..];
                continue;
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != UnixSystem.Interrupted) throw Failure(errno, "write", name, writes: true);
        }
    }

    /// <summary>The exception for the call that just failed.</summary>
    public StoreException Failure(string action, string name, bool writes = false) => Failure(Marshal.GetLastPInvokeError(), action, name, writes);

    /// <summary>The exception for an errno, which is Unreachable when the store's folder is gone.</summary>
    public StoreException Failure(int errno, string action, string name, bool writes = false) =>
        errno == UnixSystem.NoEntry && IsGone() ? Gone(Marshal.GetPInvokeErrorMessage(errno)) : FailureAt(PathOf(name), errno, action, writes);

    /// <summary>The exception for an errno of a call at this path.</summary>
    protected StoreException FailureAt(string path, int errno, string action, bool writes) =>
        UnixErrors.From(errno, action, path, remote: errno == UnixSystem.InputOutput && IsRemote(_root), writes);

    /// <summary>The path of a name, for messages.</summary>
    public string PathTo(string name) => PathOf(name);

    /// <summary>Begins a file without a name; <see langword="null"/> where there is no such thing.</summary>
    protected virtual PendingFile? BeginUnnamed(SafeFileHandle folder, string name)
    {
        FallBackTo(FolderPublishing.Link);
        return null;
    }

    /// <summary>What an open file is, and its length.</summary>
    protected abstract FolderItemKind Inspect(SafeFileHandle file, string name, out long length);

    /// <summary>What stands under a name in an open folder, and its length. Links are not followed.</summary>
    protected abstract FolderItemKind Inspect(SafeFileHandle folder, string leaf, string name, out long length);

    /// <summary>Absence means something else when the whole store is absent.</summary>
    protected void ThrowIfGone()
    {
        if (IsGone()) throw Gone(Marshal.GetPInvokeErrorMessage(UnixSystem.NoEntry));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _root?.Dispose();
    }

    /// <summary>Whether nothing is at the store's path any more.</summary>
    public bool IsGone() => UnixCalls.Access(_rootPath, 0) != 0 && Marshal.GetLastPInvokeError() is UnixSystem.NoEntry or UnixSystem.NotAFolder;

    private StoreException Gone(string reason) => new(StoreFailure.Unreachable, $"There is no folder '{PathText.ToDisplay(Path)}': {reason}.");

    private void MakeFolder(SafeFileHandle parent, string segment, string parentName)
    {
        string name = parentName.Length == 0 ? segment : $"{parentName}/{segment}";
        if (UnixCalls.MakeFolderAt(parent, segment, FolderMode) == 0)
        {
            // The umask may have taken away what the owner needs.
            if (UnixCalls.ChangeModeAt(parent, segment, FolderMode, 0) != 0) throw Failure("set the mode of", name, writes: true);
        }
        else if (Marshal.GetLastPInvokeError() != UnixSystem.Exists)
        {
            throw Failure("create the folder", name, writes: true);
        }
    }
}
