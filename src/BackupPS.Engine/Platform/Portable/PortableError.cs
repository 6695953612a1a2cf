using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Portable;

/// <summary>Turns .NET's exceptions into <see cref="PlatformException"/>.</summary>
internal static class PortableError
{
    /// <summary>Runs a call, and translates what it throws.</summary>
    public static T Call<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not PlatformException)
        {
            throw Translate(e);
        }
    }

    /// <summary>Runs a call, and translates what it throws.</summary>
    public static void Call(Action call) => Call(() =>
    {
        call();
        return true;
    });

    /// <summary>The exception in the contract's terms.</summary>
    public static PlatformException Translate(Exception exception)
    {
        if (exception is PlatformException already) return already;
        // .NET's messages name the path; the system's own text does not.
        int code = OperatingSystem.IsWindows() ? exception.HResult & 0xFFFF : exception.HResult;
        string message = code is > 0 and <= 0xFFFF ? Marshal.GetPInvokeErrorMessage(code) : exception.Message;
        PlatformFailure failure = exception switch
        {
            UnauthorizedAccessException => PlatformFailure.Denied,
            FileNotFoundException or DirectoryNotFoundException => PlatformFailure.NotFound,
            PathTooLongException => PlatformFailure.NotSupported,
            _ when OperatingSystem.IsWindows() => ClassifyWindows(code),
            _ => ClassifyUnix(code),
        };
        return new PlatformException(failure, message, exception);
    }

    /// <summary>Win32 error codes (winerror.h).</summary>
    public static PlatformFailure ClassifyWindows(int code) => code switch
    {
        2 or 3 => PlatformFailure.NotFound, // FILE_NOT_FOUND, PATH_NOT_FOUND
        5 or 32 or 33 or 1314 => PlatformFailure.Denied, // ACCESS_DENIED, SHARING_VIOLATION, LOCK_VIOLATION, PRIVILEGE_NOT_HELD
        80 or 183 => PlatformFailure.Exists, // FILE_EXISTS, ALREADY_EXISTS
        267 => PlatformFailure.NotAFolder, // DIRECTORY
        145 => PlatformFailure.NotEmpty, // DIR_NOT_EMPTY
        39 or 112 or 1295 => PlatformFailure.Full, // HANDLE_DISK_FULL, DISK_FULL, DISK_QUOTA_EXCEEDED
        19 => PlatformFailure.ReadOnly, // WRITE_PROTECT
        1 or 17 or 50 or 1142 => PlatformFailure.NotSupported, // INVALID_FUNCTION, NOT_SAME_DEVICE, NOT_SUPPORTED, TOO_MANY_LINKS
        123 or 206 => PlatformFailure.BadName, // INVALID_NAME, FILENAME_EXCED_RANGE
        23 or 483 or 1117 or 1392 => PlatformFailure.Damaged, // CRC, DEVICE_HARDWARE_ERROR, IO_DEVICE, FILE_CORRUPT
        _ => PlatformFailure.Other,
    };

    /// <summary>errno of Linux and macOS, whose numbers differ beyond 34.</summary>
    public static PlatformFailure ClassifyUnix(int errno) => errno switch
    {
        2 => PlatformFailure.NotFound, // ENOENT
        1 or 13 => PlatformFailure.Denied, // EPERM, EACCES
        17 => PlatformFailure.Exists, // EEXIST
        20 => PlatformFailure.NotAFolder, // ENOTDIR
        21 => PlatformFailure.NotAFile, // EISDIR
        28 => PlatformFailure.Full, // ENOSPC
        30 => PlatformFailure.ReadOnly, // EROFS
        5 => PlatformFailure.Damaged, // EIO
        18 or 31 => PlatformFailure.NotSupported, // EXDEV, EMLINK
        39 when OperatingSystem.IsLinux() => PlatformFailure.NotEmpty, // ENOTEMPTY
        66 when OperatingSystem.IsMacOS() => PlatformFailure.NotEmpty, // ENOTEMPTY
        122 when OperatingSystem.IsLinux() => PlatformFailure.Full, // EDQUOT
        69 when OperatingSystem.IsMacOS() => PlatformFailure.Full, // EDQUOT
        38 or 95 when OperatingSystem.IsLinux() => PlatformFailure.NotSupported, // ENOSYS, EOPNOTSUPP
        45 or 78 or 102 when OperatingSystem.IsMacOS() => PlatformFailure.NotSupported, // ENOTSUP, ENOSYS, EOPNOTSUPP
        _ => PlatformFailure.Other,
    };
}
