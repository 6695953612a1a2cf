using System.Runtime.InteropServices;

namespace BackupPS.Engine.Storage.Folder;

/// <summary>What errno means to a store.</summary>
internal static class UnixErrors
{
    /// <summary>The exception for the errno of the call that just failed on this thread.</summary>
    public static StoreException Last(string action, string path, bool writes = false) => From(Marshal.GetLastPInvokeError(), action, path, writes: writes);

    /// <summary>The exception for an errno.</summary>
    /// <param name="errno">The system's number.</param>
    /// <param name="action">What was to be done, to follow "Cannot".</param>
    /// <param name="path">To what.</param>
    /// <param name="remote">Whether the file system is one whose server may be out of reach for a while.</param>
    /// <param name="writes">Whether something was to be written or made durable.</param>
    public static StoreException From(int errno, string action, string path, bool remote = false, bool writes = false) =>
        new(Classify(errno, remote, writes), $"Cannot {action} '{PathText.ToDisplay(path)}': {Marshal.GetPInvokeErrorMessage(errno)}.");

    /// <summary>The kind of failure.</summary>
    public static StoreFailure Classify(int errno, bool remote = false, bool writes = false)
    {
        UnixSystem system = UnixSystem.Current;
        return errno switch
        {
            // A limit on the size of a file is a lack of space, too: objects are small.
            UnixSystem.NoSpace or UnixSystem.FileTooBig => StoreFailure.Full,
            _ when errno == system.QuotaExceeded => StoreFailure.Full,
            UnixSystem.AccessDenied or UnixSystem.NotPermitted or UnixSystem.ReadOnlyFileSystem => StoreFailure.Denied,
            // From a disk it is the disk. Clients of file servers say so, too, when no answer has come in time.
            UnixSystem.InputOutput => remote ? StoreFailure.Transient : writes ? StoreFailure.Unwritable : StoreFailure.Damaged,
            // What a file system says of an inode or a block whose checksum is wrong.
            _ when UnixSystem.DamageErrors.Contains(errno) => writes ? StoreFailure.Unwritable : StoreFailure.Damaged,
            // A link or a file where a folder or a file of the store belongs.
            UnixSystem.IsAFolder or UnixSystem.NotAFolder or UnixSystem.NoDevice => StoreFailure.Damaged,
            _ when errno == system.LinkLoop => StoreFailure.Damaged,
            // What passes when others give back what they hold, or a server comes back. A folder that vanished under a call: a repeat makes it anew.
            UnixSystem.Interrupted or UnixSystem.NoMemory or UnixSystem.Busy or UnixSystem.SystemFilesExhausted or UnixSystem.ProcessFilesExhausted or UnixSystem.NoEntry => StoreFailure.Transient,
            _ when errno == system.Again || errno == system.TimedOut || errno == system.Stale => StoreFailure.Transient,
            // What is between this host and a file server.
            _ when UnixSystem.NetworkErrors.Contains(errno) => StoreFailure.Transient,
            // No other answer would come by itself: no such device, no such call.
            _ => StoreFailure.Unreachable,
        };
    }
}
