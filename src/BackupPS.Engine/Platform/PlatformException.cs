namespace BackupPS.Engine.Platform;

/// <summary>A call to the system failed. The message is the system's own text, without the path, which the caller knows.</summary>
internal sealed class PlatformException : IOException
{
    public PlatformException(PlatformFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>Why.</summary>
    public PlatformFailure Failure { get; }
}
