using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The calls of libc that only macOS has.</summary>
internal static partial class MacCalls
{
    /// <summary>F_FULLFSYNC: fsync alone leaves the bytes in the drive's cache (fsync(2)).</summary>
    public const int FullSync = 51;
    public const uint RenameExclusive = 4;

    private const string C = "libc";

    /// <summary>fcntl with a command that takes no argument.</summary>
    [LibraryImport(C, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, int command);

    [LibraryImport(C, EntryPoint = "renameatx_np", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, uint flags);
}
