namespace BackupPS.Engine.Tests.Storage;

/// <summary>The kinds of <see cref="StoreFault"/>.</summary>
internal static class StoreFaultKinds
{
    /// <summary>After which the process is no more.</summary>
    public static readonly StoreFault[] Deaths = [StoreFault.Kill, StoreFault.KillAfter, StoreFault.Tear, StoreFault.PowerLoss];

    /// <summary>After which it goes on.</summary>
    public static readonly StoreFault[] Errors = [StoreFault.Refusal, StoreFault.Stumble, StoreFault.LostAnswer];

    public static bool Kills(this StoreFault fault) => fault <= StoreFault.PowerLoss;

    /// <summary>Whether a repetition of the call succeeds.</summary>
    public static bool IsTransient(this StoreFault fault) => fault is StoreFault.Stumble or StoreFault.LostAnswer;
}
