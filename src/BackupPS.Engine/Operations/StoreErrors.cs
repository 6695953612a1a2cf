using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations;

/// <summary>Turns what a store throws into the errors that users see.</summary>
internal static class StoreErrors
{
    /// <summary>The exception itself where it is one of ours; else the row of the table that fits.</summary>
    public static BackupException Translate(Exception e) => e switch
    {
        BackupException known => known,
        StoreException { Failure: StoreFailure.Full } => new BackupException(BackupError.StoreFull, e.Message, null, e),
        StoreException { Failure: StoreFailure.Damaged } => new BackupException(BackupError.ObjectDamaged, e.Message, null, e),
        StoreException => new BackupException(BackupError.StoreUnreachable, e.Message, null, e),
        _ => new BackupException(BackupError.InternalError, $"{e.GetType().Name}: {e.Message}", null, e),
    };
}
