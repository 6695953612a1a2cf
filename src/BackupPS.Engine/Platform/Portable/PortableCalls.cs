using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Portable;

/// <summary>The few calls that .NET 10 has no method for and whose form is the same on every system of their family.</summary>
internal static partial class PortableCalls
{
    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnixLink(string existing, string created);

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void UnixSync();

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WindowsLink(string created, string existing, nint securityAttributes);

    [LibraryImport("kernel32", EntryPoint = "GetDiskFreeSpaceExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool WindowsFreeSpace(string folder, out ulong available, out ulong total, out ulong free);

    /// <summary>Gives a file another name; atomic, and never replaces anything.</summary>
    public static void Link(string existing, string created)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!WindowsLink(created, existing, 0)) throw Fail(PortableError.ClassifyWindows);
        }
        else if (UnixLink(existing, created) != 0)
        {
            throw Fail(PortableError.ClassifyUnix);
        }
    }

    /// <summary>Writes back what the system holds. Windows has no such call for an ordinary account: there each file's own sync must do.</summary>
    public static void SyncAll()
    {
        if (!OperatingSystem.IsWindows()) UnixSync();
    }

    /// <summary>Bytes that this account can write.</summary>
    public static long GetFreeSpace(string folder)
    {
        if (!OperatingSystem.IsWindows()) return PortableError.Call(() => new DriveInfo(folder).AvailableFreeSpace);
        return WindowsFreeSpace(folder, out ulong available, out _, out _) ? (long)Math.Min(available, long.MaxValue) : throw Fail(PortableError.ClassifyWindows);
    }

    private static PlatformException Fail(Func<int, PlatformFailure> classify)
    {
        int code = Marshal.GetLastPInvokeError();
        return new PlatformException(classify(code), Marshal.GetPInvokeErrorMessage(code));
    }
}
