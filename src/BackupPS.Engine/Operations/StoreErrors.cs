using BackupPS.Engine.Platform;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations;

/// <summary>Turns what a store or the system throws into the errors that users see.</summary>
internal static class StoreErrors
{
    /// <summary>The exception itself where it is one of ours; else the row of the table that fits.</summary>
    public static BackupException Translate(Exception e) => e switch
    {
        BackupException known => known,
        StoreException { Failure: StoreFailure.Full } => new BackupException(BackupError.StoreFull, e.Message, null, e),
        StoreException { Failure: StoreFailure.Damaged } => new BackupException(BackupError.ObjectDamaged, e.Message, null, e),
        StoreException { Failure: StoreFailure.Unwritable } => new BackupException(BackupError.StoreWriteFailed, e.Message, null, e),
        StoreException => new BackupException(BackupError.StoreUnreachable, e.Message, null, e),
        PlatformException { Failure: PlatformFailure.Full } => new BackupException(BackupError.NotEnoughSpace, e.Message, null, e),
        PlatformException { Failure: PlatformFailure.Denied } or UnauthorizedAccessException => new BackupException(BackupError.AccessDenied, e.Message, null, e),

        // A library that cannot be loaded because no file can be opened is among them.
        IOException or OutOfMemoryException or TypeInitializationException { InnerException: IOException } => new BackupException(BackupError.SystemFailed, $"The system has failed: {(e.InnerException ?? e).Message}", null, e),
        _ => new BackupException(BackupError.InternalError, $"{e.GetType().Name}: {e.Message}", null, e),
    };
}
