namespace BackupPS.Engine.Tests.Storage;

/// <summary>A clock that jumps to the end of every wait: pauses take no time, and have all their length by the clock.</summary>
/// <param name="standsStill">Waits take no time by the clock either: for threads that must not use up each other's patience.</param>
internal sealed class SkippingTime(bool standsStill = false) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<TimeSpan> waits = [];
    private TimeSpan elapsed;

    /// <summary>Every wait so far, in the order of their beginnings.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (gate) return [.. waits];
        }
    }

    public TimeSpan Elapsed
    {
        get
        {
            lock (gate) return elapsed;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Time passes otherwise than by waiting.</summary>
    public void Advance(TimeSpan by)
    {
        lock (gate) elapsed += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            waits.Add(dueTime);
            if (!standsStill) elapsed += dueTime;
        }

        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
