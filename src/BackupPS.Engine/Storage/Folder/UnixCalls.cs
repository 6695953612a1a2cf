using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The calls of libc that every Unix has. All set errno. Only 64-bit systems: there offsets are 64 bits without the names that end in 64.</summary>
internal static partial class UnixCalls
{
    public const int LockExclusiveNow = 2 | 4;

    private const string C = "libc";

    /// <summary>
    /// openat. Its mode is a variadic argument, which macOS on arm64 passes on the stack and everybody else in the fourth register: it is
    /// given in both places, with what fills the registers between them.
    /// </summary>
    public static SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags, uint mode = 0) => OpenAt(folder, name, flags, mode, 0, 0, 0, 0, mode);

    /// <summary>The same from the root, by a path in bytes that ends with NUL.</summary>
    public static SafeFileHandle Open(byte[] path, int flags) => OpenAt(UnixSystem.Current.AtCurrentFolder, path, flags);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(SafeFileHandle folder, string name, int flags, nuint mode, nuint x4, nuint x5, nuint x6, nuint x7, nuint modeOnStack);

    [LibraryImport(C, EntryPoint = "openat", SetLastError = true)]
    private static partial SafeFileHandle OpenAt(int folder, byte[] path, int flags);

    [LibraryImport(C, EntryPoint = "access", SetLastError = true)]
    public static partial int Access(byte[] path, int mode);

    [LibraryImport(C, EntryPoint = "faccessat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AccessAt(SafeFileHandle folder, string name, int mode, int flags);

    [LibraryImport(C, EntryPoint = "mkdir", SetLastError = true)]
    public static partial int MakeFolder(byte[] path, uint mode);

    [LibraryImport(C, EntryPoint = "chmod", SetLastError = true)]
    public static partial int ChangeMode(byte[] path, uint mode);

    [LibraryImport(C, EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeFolderAt(SafeFileHandle folder, string name, uint mode);

    [LibraryImport(C, EntryPoint = "fchmodat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeModeAt(SafeFileHandle folder, string name, uint mode, int flags);

    [LibraryImport(C, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport(C, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> content, nuint count);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> destination, nuint count, long offset);

    [LibraryImport(C, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport(C, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to, int flags);

    [LibraryImport(C, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RenameAt(SafeFileHandle fromFolder, string from, SafeFileHandle toFolder, string to);

    [LibraryImport(C, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UnlinkAt(SafeFileHandle folder, string name, int flags);
}
