using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>
/// The calls that the platform layer makes, as libc declares them on 64-bit Linux (glibc and musl). Paths and names end with NUL. Each
/// returns a negative number and sets errno when it fails, except where it says otherwise.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    // Flags of the *at calls (linux/fcntl.h).
    public const int AtNoFollow = 0x100, AtRemoveFolder = 0x200, AtNoAutomount = 0x800, AtEmptyPath = 0x1000;
    // What statx shall fill in: STATX_BASIC_STATS, and STATX_MNT_ID where the kernel knows that (5.8).
    public const uint StatxMountId = 0x1000;
    public const uint StatxWanted = 0x7FF | StatxMountId;
    // lseek.
    public const int SeekSet = 0, SeekData = 3, SeekHole = 4;
    public const int AdviceSequential = 2;
    public const uint RenameNoReplace = 1;
    // fallocate (linux/falloc.h).
    public const int KeepSize = 1, PunchHole = 2;
    public const int LockExclusive = 2, LockNonBlocking = 4;
    // FICLONE: _IOW(0x94, 9, int).
    public const nuint CloneRequest = 0x40049409;

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(nint descriptor);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(DescriptorHandle folder, ReadOnlySpan<byte> path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Statx(nint number, DescriptorHandle folder, ReadOnlySpan<byte> path, nint flags, nint mask, out StatxResult result);

    /// <summary>The same for a loop over many names: the caller keeps the descriptor open, and asks for errno at once.</summary>
    [LibraryImport(Library, EntryPoint = "syscall")]
    public static partial nint Statx(nint number, nint folder, byte* path, nint flags, nint mask, StatxResult* result);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint GetDents64(nint number, DescriptorHandle folder, Span<byte> buffer, nint length);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint RenameAt2(nint number, DescriptorHandle fromFolder, ReadOnlySpan<byte> from, DescriptorHandle toFolder, ReadOnlySpan<byte> to, nint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint MkNodAt(nint number, DescriptorHandle folder, ReadOnlySpan<byte> name, nint mode, nint device);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(DescriptorHandle fromFolder, ReadOnlySpan<byte> from, DescriptorHandle toFolder, ReadOnlySpan<byte> to);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(DescriptorHandle fromFolder, ReadOnlySpan<byte> from, DescriptorHandle toFolder, ReadOnlySpan<byte> to, int flags);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt(ReadOnlySpan<byte> target, DescriptorHandle folder, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(DescriptorHandle folder, ReadOnlySpan<byte> name, Span<byte> buffer, nint length);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MkDirAt(DescriptorHandle folder, ReadOnlySpan<byte> name, uint mode);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(DescriptorHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    public static partial int FChOwnAt(DescriptorHandle folder, ReadOnlySpan<byte> name, uint userId, uint groupId, int flags);

    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static partial int FChOwn(DescriptorHandle file, uint userId, uint groupId);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChMod(ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int FChMod(DescriptorHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int UTimeNsAt(DescriptorHandle folder, ReadOnlySpan<byte> name, ReadOnlySpan<TimeSpec> accessedAndModified, int flags);

    [LibraryImport(Library, EntryPoint = "futimens", SetLastError = true)]
    public static partial int FUTimeNs(DescriptorHandle file, ReadOnlySpan<TimeSpec> accessedAndModified);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint PRead(DescriptorHandle file, Span<byte> buffer, nint length, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(DescriptorHandle file, ReadOnlySpan<byte> buffer, nint length, long offset);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long LSeek(DescriptorHandle file, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int FTruncate(DescriptorHandle file, long length);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int FAllocate(DescriptorHandle file, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int FLock(DescriptorHandle file, int operation);

    /// <summary>The third argument of ioctl is variadic; on x64 and arm64 Linux it is passed like a fixed one.</summary>
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Clone(DescriptorHandle target, nuint request, DescriptorHandle source);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(DescriptorHandle file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFs(DescriptorHandle file);

    /// <summary>Returns an errno, and does not set it.</summary>
    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int FAdvise(DescriptorHandle file, long offset, long length, int advice);

    /// <summary>Fills struct statvfs, of which the first 8-byte fields are block size, fragment size, blocks, free blocks, available blocks.</summary>
    [LibraryImport(Library, EntryPoint = "fstatvfs", SetLastError = true)]
    public static partial int FStatVfs(DescriptorHandle file, Span<ulong> result);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint ListXAttrAt(nint number, DescriptorHandle folder, ReadOnlySpan<byte> name, nint flags, nint names, nint length);

    [LibraryImport(Library, EntryPoint = "llistxattr", SetLastError = true)]
    public static partial nint LListXAttr(ReadOnlySpan<byte> path, Span<byte> names, nint length);

    [LibraryImport(Library, EntryPoint = "flistxattr", SetLastError = true)]
    public static partial nint FListXAttr(DescriptorHandle file, Span<byte> names, nint length);

    [LibraryImport(Library, EntryPoint = "lgetxattr", SetLastError = true)]
    public static partial nint LGetXAttr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value, nint length);

    [LibraryImport(Library, EntryPoint = "fgetxattr", SetLastError = true)]
    public static partial nint FGetXAttr(DescriptorHandle file, ReadOnlySpan<byte> name, Span<byte> value, nint length);

    [LibraryImport(Library, EntryPoint = "lsetxattr", SetLastError = true)]
    public static partial int LSetXAttr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nint length, int flags);

    [LibraryImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int FSetXAttr(DescriptorHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nint length, int flags);

    [LibraryImport(Library, EntryPoint = "lremovexattr", SetLastError = true)]
    public static partial int LRemoveXAttr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "fremovexattr", SetLastError = true)]
    public static partial int FRemoveXAttr(DescriptorHandle file, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    /// <summary>Returns an errno; <paramref name="found"/> is null when there is no such account. struct passwd and struct group both begin
    /// with two pointers, name and password, and then the number.</summary>
    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    public static partial int GetPwUid(uint userId, AccountRecord* record, byte* buffer, nint length, AccountRecord** found);

    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    public static partial int GetGrGid(uint groupId, AccountRecord* record, byte* buffer, nint length, AccountRecord** found);

    [LibraryImport(Library, EntryPoint = "getpwnam_r")]
    public static partial int GetPwNam(byte* name, AccountRecord* record, byte* buffer, nint length, AccountRecord** found);

    [LibraryImport(Library, EntryPoint = "getgrnam_r")]
    public static partial int GetGrNam(byte* name, AccountRecord* record, byte* buffer, nint length, AccountRecord** found);
}
