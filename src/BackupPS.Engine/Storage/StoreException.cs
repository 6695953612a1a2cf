namespace BackupPS.Engine.Storage;

/// <summary>A call to a store failed.</summary>
internal sealed class StoreException : IOException
{
    public StoreException(StoreFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What kind of failure it is.</summary>
    public StoreFailure Failure { get; }

    /// <summary>Whether the same call may succeed later without anybody doing anything.</summary>
    public bool IsTransient => Failure == StoreFailure.Transient;
}
