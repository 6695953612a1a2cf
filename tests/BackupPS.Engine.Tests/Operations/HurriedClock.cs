namespace BackupPS.Engine.Tests.Operations;

/// <summary>A clock whose timers run fast, so that pauses pass quickly. Its date is <see cref="OffsetClock.Settled"/>'s.</summary>
/// <param name="speed">How fast.</param>
/// <param name="hurriesStopwatch">Whether its stopwatch does, too: patience ends soon then, and on a slow machine too soon for what succeeds at last.</param>
internal sealed class HurriedClock(int speed, bool hurriesStopwatch = false) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromSeconds(10);

    public override long GetTimestamp() => base.GetTimestamp() * (hurriesStopwatch ? speed : 1);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / speed : dueTime, period > TimeSpan.Zero ? period / speed : period);
}
