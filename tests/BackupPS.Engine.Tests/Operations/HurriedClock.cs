namespace BackupPS.Engine.Tests.Operations;

/// <summary>The system's clock, ten seconds ahead (<see cref="OffsetClock.Settled"/>), whose timers run a hundred times as fast: nobody waits long before the next attempt.</summary>
internal sealed class HurriedClock : TimeProvider
{
    private const int Haste = 100;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromSeconds(10);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Hurry(dueTime), Hurry(period));

    private static TimeSpan Hurry(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Haste;
}
