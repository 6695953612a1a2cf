namespace BackupPS.Engine.Tests.Operations;

/// <summary>
/// The system's clock, some time ahead: times of files come from the kernel, so that files of a test would be "just changed" (racy) for two
/// seconds. Moving it on makes days pass.
/// </summary>
internal sealed class OffsetClock(TimeSpan ahead) : TimeProvider
{
    private long ticks = ahead.Ticks;

    /// <summary>Ten seconds ahead: nothing that a test has written is racy.</summary>
    public static OffsetClock Settled => new(TimeSpan.FromSeconds(10));

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + new TimeSpan(Interlocked.Read(ref ticks));

    public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
}
