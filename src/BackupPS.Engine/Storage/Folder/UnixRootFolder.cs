using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>Makes the folder of a new store, and the folders above it, durably. One that is there is left as it is, mode included: its owner may have shared it on purpose.</summary>
internal static class UnixRootFolder
{
    private const uint ModeBeforeMask = 0x1FF;

    /// <param name="files">Whose folder it is.</param>
    /// <param name="path">An absolute path in bytes that ends with NUL.</param>
    public static void Create(UnixFolderFiles files, byte[] path)
    {
        if (!TryMake(files, path, UnixFolderFiles.FolderMode))
        {
            CreateAbove(files, path);
            if (!TryMake(files, path, UnixFolderFiles.FolderMode)) throw UnixErrors.From(UnixSystem.NoEntry, "create the folder", Text(path));
        }
    }

    private static void CreateAbove(UnixFolderFiles files, byte[] path)
    {
        byte[] parent = ParentOf(path);
        // Folders above the store are nobody's in particular: as mkdir -p makes them, by the umask.
        if (!TryMake(files, parent, ModeBeforeMask))
        {
            CreateAbove(files, parent);
            if (!TryMake(files, parent, ModeBeforeMask)) throw UnixErrors.From(UnixSystem.NoEntry, "create the folder", Text(parent));
        }
    }

    /// <returns><see langword="false"/> when the folder above is absent.</returns>
    private static bool TryMake(UnixFolderFiles files, byte[] path, uint mode)
    {
        if (UnixCalls.MakeFolder(path, mode) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == UnixSystem.Exists) return true;
            if (errno == UnixSystem.NoEntry) return false;
            throw UnixErrors.From(errno, "create the folder", Text(path), writes: true);
        }

        if (mode == UnixFolderFiles.FolderMode && UnixCalls.ChangeMode(path, mode) != 0) throw UnixErrors.Last("set the mode of", Text(path), writes: true);
        byte[] parent = ParentOf(path);
        using SafeFileHandle folder = UnixCalls.Open(parent, files.FolderFlags);
        // A folder that may be written but not read, as a drop box, cannot be opened; then the system's own pace has to do.
        if (!folder.IsInvalid) files.SyncFolder(folder, Text(parent));
        return true;
    }

    private static byte[] ParentOf(byte[] path)
    {
        int slash = path.AsSpan().LastIndexOf((byte)'/');
        return slash <= 0 ? "/\0"u8.ToArray() : [.. path.AsSpan(0, slash), 0];
    }

    private static string Text(byte[] path) => PathText.FromBytes(path.AsSpan(0, path.Length - 1));
}
