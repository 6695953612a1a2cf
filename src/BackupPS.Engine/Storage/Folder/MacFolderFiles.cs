using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>A store's folder on macOS. Names are always valid Unicode there, so .NET lists and inspects (struct stat and dirent differ by architecture).</summary>
internal sealed class MacFolderFiles(string path, bool create, FolderPublishing publishing) : UnixFolderFiles(path, create, publishing)
{
    // Without the number of links of an open file its deletion would go unnoticed.
    public override int OpenFileLimit => 0;

    public override bool IsDeleted(SafeFileHandle file) => true;

    public override void Sync(SafeFileHandle file, string path)
    {
        if (MacCalls.Control(file, MacCalls.FullSync) != -1) return;
        // Network file systems do not know it, and their fsync asks the server.
        while (UnixCalls.Sync(file) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno != UnixSystem.Interrupted) throw FailureAt(path, errno, "make durable", writes: true);
        }
    }

    public override int RenameNew(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to) =>
        MacCalls.RenameAt(fromFolder, from, toFolder, to, MacCalls.RenameExclusive) == 0 ? 0 : Marshal.GetLastPInvokeError();

    public override IReadOnlyList<string> ReadNames(SafeFileHandle folder, string folderName, string beginning) =>
        Reading(folderName, () => PortableFolder.ReadNames(PathOf(folderName), beginning));

    public override IReadOnlyList<FolderEntry> ReadFolder(string folder)
    {
        IReadOnlyList<FolderEntry> entries = Reading(folder, () => PortableFolder.Read(PathOf(folder)));
        if (entries.Count == 0) ThrowIfGone();
        return entries;
    }

    // Its statfs has other forms by architecture: an I/O error counts as the disk's.
    protected override bool IsRemote(SafeFileHandle folder) => false;

    protected override FolderItemKind Inspect(SafeFileHandle file, string name, out long length)
    {
        // Only a regular file was opened without following a link, can seek, and can be read: a folder says EISDIR.
        FolderItemKind kind = PortableFolder.Inspect(PathOf(name), out length);
        if (kind == FolderItemKind.File) length = RandomAccess.GetLength(file);
        return kind;
    }

    protected override FolderItemKind Inspect(SafeFileHandle folder, string leaf, string name, out long length)
    {
        long found = 0;
        FolderItemKind kind = Reading(name, () => PortableFolder.Inspect(PathOf(name), out found));
        length = found;
        return kind;
    }

    private T Reading<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(StoreFailure.Denied, $"Cannot read '{PathText.ToDisplay(PathOf(name))}': {e.Message}", e);
        }
        catch (IOException e) when (e is not StoreException)
        {
            // .NET leaves errno in HResult.
            throw UnixErrors.From(e.HResult, "read", PathOf(name));
        }
    }
}
