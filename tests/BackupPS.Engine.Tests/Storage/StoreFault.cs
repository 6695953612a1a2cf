namespace BackupPS.Engine.Tests.Storage;

/// <summary>What can happen at a call to a store.</summary>
internal enum StoreFault
{
    /// <summary>The process is killed before the call: nothing of its cleaning up reaches the store.</summary>
    Kill,
    /// <summary>The process is killed when the call is done, before it knows.</summary>
    KillAfter,
    /// <summary>The process is killed in the middle of the call: half of what it writes lies about under a temporary name, as the contract of stores allows.</summary>
    Tear,
    /// <summary>The power goes when the call is done: writes that were not answered yet, also earlier ones, are forgotten.</summary>
    PowerLoss,
    /// <summary>This call fails, and would always.</summary>
    Refusal,
    /// <summary>This call fails, and would not if it were repeated.</summary>
    Stumble,
    /// <summary>This call is done, and said to have failed.</summary>
    LostAnswer,
}
