using System.Runtime.InteropServices;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>The calls of Windows that .NET has no form of.</summary>
internal static partial class WindowsCalls
{
    public const uint ReplaceExisting = 0x1;
    public const uint WriteThrough = 0x8;

    // winerror.h
    public const int FileNotFound = 2;
    public const int PathNotFound = 3;
    public const int AccessDenied = 5;
    public const int DataError = 23;
    public const int SharingViolation = 32;
    public const int LockViolation = 33;
    public const int HandleDiskFull = 39;
    public const int NetworkBusy = 54;
    public const int UnexpectedNetworkError = 59;
    public const int NetworkNameDeleted = 64;
    public const int FileExists = 80;
    public const int DiskFull = 112;
    public const int TimedOut = 121;
    public const int AlreadyExists = 183;
    public const int WriteProtected = 19;
    public const int InputOutputDevice = 1117;
    public const int NetworkUnreachable = 1231;
    public const int HostUnreachable = 1232;
    public const int ConnectionAborted = 1236;
    public const int QuotaExceeded = 1295;

    [LibraryImport("kernel32.dll", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool Move(string from, string to, uint flags);
}
