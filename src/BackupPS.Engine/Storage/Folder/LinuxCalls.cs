using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The calls of libc that only Linux has, or that have a layout of their own there (64-bit).</summary>
internal static partial class LinuxCalls
{
    /// <summary>O_TMPFILE without O_DIRECTORY, which it contains.</summary>
    public const int OpenUnnamed = 0x400000;
    public const int AtFollowLinks = 0x400;
    public const int AtEmptyPath = 0x1000;
    public const uint RenameNoReplace = 1;

    /// <summary>SYNC_FILE_RANGE_WRITE: begins to write, and waits for nothing.</summary>
    public const uint SyncRangeBegin = 2;

    /// <summary>Type, mode, links and size.</summary>
    public const uint StatusMask = 0x1 | 0x2 | 0x4 | 0x200;
    public const int ModeFormat = 0xF000;
    public const int ModeRegular = 0x8000;
    public const int ModeFolder = 0x4000;

    // struct dirent of 64-bit glibc and of musl: inode and offset (8 bytes each), record length (2), type (1), name.
    public const int EntryType = 18;
    public const int EntryName = 19;
    public const byte TypeUnknown = 0;
    public const byte TypeFolder = 4;
    public const byte TypeRegular = 8;

    /// <summary>struct statfs has 120 bytes on 64-bit Linux, of which the first 8 are the type.</summary>
    public const int FileSystemStatusLength = 256;

    /// <summary>NFS, SMB (three generations), Ceph, 9P, and FUSE, which sshfs and most others use (statfs(2), linux/magic.h).</summary>
    public static ReadOnlySpan<uint> RemoteFileSystems => [0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x00C36400, 0x01021997, 0x65735546];

    private const string C = "libc";

    [LibraryImport(C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Status(SafeFileHandle folder, string name, int flags, uint mask, out LinuxStatus status);

    [LibraryImport(C, EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, uint flags);

    /// <summary>A length of 0 reaches to the end of the file.</summary>
    [LibraryImport(C, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncRange(SafeFileHandle file, long offset, long length, uint flags);

    /// <summary>open for a descriptor that fdopendir takes over.</summary>
    [LibraryImport(C, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int OpenDescriptorAt(SafeFileHandle folder, string name, int flags);

    [LibraryImport(C, EntryPoint = "fstatfs", SetLastError = true)]
    public static unsafe partial int FileSystemStatus(SafeFileHandle folder, byte* status);

    [LibraryImport(C, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport(C, EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenListing(int descriptor);

    [LibraryImport(C, EntryPoint = "readdir", SetLastError = true)]
    public static partial nint ReadListing(nint listing);

    [LibraryImport(C, EntryPoint = "closedir")]
    public static partial int CloseListing(nint listing);

    /// <summary>linkat from the root's view: /proc/self/fd/N.</summary>
    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(int fromFolder, string from, SafeFileHandle toFolder, string to, int flags);
}
