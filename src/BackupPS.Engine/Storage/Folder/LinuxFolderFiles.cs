using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A store's folder on Linux.</summary>
internal sealed class LinuxFolderFiles(string path, bool create, FolderPublishing publishing) : UnixFolderFiles(path, create, publishing)
{
    // What is smaller is a matter of one request to the disk, which Sync makes at once.
    private const int WritebackLength = 1024 * 1024;

    // A restore reads ranges of some dozen packs at a time; the usual limit of a process is 1024 open files.
    public override int OpenFileLimit => 64;

    public override bool IsDeleted(SafeFileHandle file) =>
        LinuxCalls.Status(file, "", LinuxCalls.AtEmptyPath, LinuxCalls.StatusMask, out LinuxStatus status) != 0 || status.Links == 0;

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> content, string name)
    {
        base.Write(file, content, name);

        // The disk begins while the rest is copied. It is only advice: what went wrong with the pages, Sync tells.
        if (content.Length >= WritebackLength) _ = LinuxCalls.SyncRange(file, 0, 0, LinuxCalls.SyncRangeBegin);
    }

    public override void Sync(SafeFileHandle file, string path)
    {
        while (UnixCalls.Sync(file) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != UnixSystem.Interrupted) throw FailureAt(path, errno, "make durable", writes: true);
        }
    }

    public override int RenameNew(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to)
    {
        try
        {
            return LinuxCalls.RenameAt(fromFolder, from, toFolder, to, LinuxCalls.RenameNoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            // musl has it since 1.2.6 only.
            return System.NoSystemCall;
        }
    }

    public override IReadOnlyList<string> ReadNames(SafeFileHandle folder, string folderName, string beginning)
    {
        var names = new List<string>();
        Read(folder, folderName, (name, _) =>
        {
            if (name.StartsWith(beginning, StringComparison.Ordinal)) names.Add(name);
        });
        return names;
    }

    public override IReadOnlyList<FolderEntry> ReadFolder(string folder)
    {
        var entries = new List<FolderEntry>();
        using SafeFileHandle? opened = OpenFolder(folder, create: false);
        if (opened is null) return entries;
        Read(opened, folder, (name, type) =>
        {
            if (!ObjectName.IsValidSegment(name)) return;
            long length = 0;
            FolderItemKind kind = type switch
            {
                LinuxCalls.TypeFolder => FolderItemKind.Folder,
                LinuxCalls.TypeRegular or LinuxCalls.TypeUnknown => Look(opened, name, folder.Length == 0 ? name : $"{folder}/{name}", out length),
                _ => FolderItemKind.Other,
            };
            if (kind == FolderItemKind.Other) length = StoredObject.NoLength;
            if (kind != FolderItemKind.Absent) entries.Add(new FolderEntry(name, kind == FolderItemKind.Folder, length));
        });
        return entries;
    }

    // A file system on a disk always answers; one that does not has lost its server.
    protected override unsafe bool IsRemote(SafeFileHandle folder)
    {
        byte* status = stackalloc byte[LinuxCalls.FileSystemStatusLength];
        return LinuxCalls.FileSystemStatus(folder, status) != 0 || LinuxCalls.RemoteFileSystems.Contains((uint)*(long*)status);
    }

    protected override PendingFile? BeginUnnamed(SafeFileHandle folder, string name)
    {
        SafeFileHandle file = UnixCalls.OpenAt(folder, ".", LinuxCalls.OpenUnnamed | System.OpenFolder | UnixSystem.OpenReadWrite | System.OpenCloseOnExec, FileMode);
        if (file.IsInvalid)
        {
            int errno = Marshal.GetLastPInvokeError();
            // EOPNOTSUPP from the file system, EISDIR and EINVAL from kernels and layers that do not know the flag.
            if (errno != System.NotSupported && errno is not (UnixSystem.IsAFolder or UnixSystem.Invalid)) throw Failure(errno, "create", name, writes: true);
            return base.BeginUnnamed(folder, name);
        }

        if (UnixCalls.ChangeMode(file, FileMode) == 0) return new UnnamedPendingFile(this, file, folder, name);
        StoreException failure = Failure("set the mode of", name, writes: true);
        file.Dispose();
        throw failure;
    }

    protected override FolderItemKind Inspect(SafeFileHandle file, string name, out long length)
    {
        if (LinuxCalls.Status(file, "", LinuxCalls.AtEmptyPath, LinuxCalls.StatusMask, out LinuxStatus status) != 0) throw Failure("inspect", name);
        length = (long)status.Size;
        return status.Kind;
    }

    protected override FolderItemKind Inspect(SafeFileHandle folder, string leaf, string name, out long length)
    {
        length = 0;
        if (LinuxCalls.Status(folder, leaf, System.AtNoFollow, LinuxCalls.StatusMask, out LinuxStatus status) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == UnixSystem.NoEntry ? FolderItemKind.Absent : throw Failure(errno, "inspect", name);
        }

        length = (long)status.Size;
        return status.Kind;
    }

    // One that cannot be looked at does not hide the others: reading it tells.
    private FolderItemKind Look(SafeFileHandle folder, string leaf, string name, out long length)
    {
        try
        {
            return Inspect(folder, leaf, name, out length);
        }
        catch (StoreException e) when (UnavailableObject.Explains(e))
        {
            length = 0;
            return FolderItemKind.Other;
        }
    }

    private unsafe void Read(SafeFileHandle folder, string folderName, Action<string, byte> found)
    {
        // A descriptor of its own: the position in a folder belongs to the open file.
        int descriptor = LinuxCalls.OpenDescriptorAt(folder, ".", FolderFlags);
        if (descriptor < 0) throw Failure("list the folder", folderName);
        nint listing = LinuxCalls.OpenListing(descriptor);
        if (listing == 0)
        {
            StoreException failure = Failure("list the folder", folderName);
            _ = LinuxCalls.Close(descriptor);
            throw failure;
        }

        try
        {
            while (true)
            {
                nint entry = LinuxCalls.ReadListing(listing);
                if (entry == 0)
                {
                    // A folder that is deleted while it is listed says ENOENT.
                    int errno = Marshal.GetLastPInvokeError();
                    if (errno is 0 or UnixSystem.NoEntry) return;
                    throw Failure(errno, "list the folder", folderName);
                }

                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + LinuxCalls.EntryName);
                if (Ascii.IsValid(name)) found(Encoding.ASCII.GetString(name), ((byte*)entry)[LinuxCalls.EntryType]);
            }
        }
        finally
        {
            _ = LinuxCalls.CloseListing(listing);
        }
    }
}
