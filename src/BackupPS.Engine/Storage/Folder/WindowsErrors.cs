using System.Runtime.InteropServices;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>What errors of Windows mean to a store.</summary>
internal static class WindowsErrors
{
    /// <summary>The exception for one of .NET's.</summary>
    public static StoreException From(Exception cause, string action, string path, bool writes = false)
    {
        // HRESULT_FROM_WIN32 keeps the code in the low 16 bits.
        StoreFailure failure = cause is UnauthorizedAccessException ? StoreFailure.Denied : Classify(cause.HResult & 0xFFFF, writes);
        return new StoreException(failure, $"Cannot {action} '{PathText.ToDisplay(path)}': {cause.Message}", cause);
    }

    /// <summary>The exception for a code.</summary>
    public static StoreException From(int code, string action, string path, bool writes = false) =>
        new(Classify(code, writes), $"Cannot {action} '{PathText.ToDisplay(path)}': {Marshal.GetPInvokeErrorMessage(code)}");

    /// <summary>The kind of failure.</summary>
    public static StoreFailure Classify(int code, bool writes = false) => code switch
    {
        WindowsCalls.DiskFull or WindowsCalls.HandleDiskFull or WindowsCalls.QuotaExceeded => StoreFailure.Full,
        WindowsCalls.AccessDenied or WindowsCalls.WriteProtected => StoreFailure.Denied,
        WindowsCalls.DataError or WindowsCalls.InputOutputDevice => writes ? StoreFailure.Unwritable : StoreFailure.Damaged,
        // Scanners and indexers open new files for a moment.
        WindowsCalls.SharingViolation or WindowsCalls.LockViolation or WindowsCalls.FileNotFound or WindowsCalls.PathNotFound => StoreFailure.Transient,
        // What is between this host and a file server.
        WindowsCalls.NetworkBusy or WindowsCalls.UnexpectedNetworkError or WindowsCalls.NetworkNameDeleted or WindowsCalls.TimedOut
            or WindowsCalls.NetworkUnreachable or WindowsCalls.HostUnreachable or WindowsCalls.ConnectionAborted => StoreFailure.Transient,
        _ => StoreFailure.Unreachable,
    };
}
