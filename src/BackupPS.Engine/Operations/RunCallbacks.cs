namespace BackupPS.Engine;

/// <summary>What an operation tells while it runs. All of it may be called from any thread, and must not block.</summary>
public sealed record RunCallbacks
{
    /// <summary>Tells nobody.</summary>
    public static readonly RunCallbacks None = new();

    /// <summary>How far the operation is. Only the latest matters.</summary>
    public IProgress<OperationProgress>? Progress { get; init; }

    /// <summary>A phase of the operation begins, and the one before it has ended; <see cref="BackupEvent.Phase"/> names them.</summary>
    public Action<string>? OnPhase { get; init; }

    /// <summary>An item that could not be handled; the rest goes on.</summary>
    public Action<BackupFault>? OnFault { get; init; }

    /// <summary>A call to a store failed for a reason that may pass, and is about to be repeated.</summary>
    public Action<BackupRetry>? OnRetry { get; init; }

    /// <summary>A line of the story, for <c>-Verbose</c>.</summary>
    public Action<string>? OnMessage { get; init; }

    /// <summary>Something that the user should know although the operation succeeds.</summary>
    public Action<string>? OnWarning { get; init; }
}
