namespace BackupPS.Engine.Tests.Simulation;

/// <summary>A clock that stands still. Timers of up to a minute are events that the scheduler lets come when it likes; longer ones, such as heartbeats, never come.</summary>
internal sealed class SimulatedTime : TimeProvider
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private readonly List<Timer> due = [];

    public int DueCount => due.Count;

    public override DateTimeOffset GetUtcNow() => new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Forgets the timers of those who are gone.</summary>
    public void Clear() => due.Clear();

    /// <summary>Lets a timer come.</summary>
    public void Fire(int number)
    {
        Timer timer = due[number];
        due.RemoveAt(number);
        timer.Come();
    }

    private sealed class Timer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Come() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.due.Remove(this);
            if (dueTime >= TimeSpan.Zero && dueTime <= Longest) time.due.Add(this);
            return true;
        }

        public void Dispose() => time.due.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
