namespace BackupPS.Engine.Tests.Simulation;

/// <summary>A clock that stands still. Timers of up to a minute are events that the scheduler lets come when it likes; longer ones, such as heartbeats, never come.</summary>
/// <param name="onTimer">Told when one is made, on any thread.</param>
internal sealed class SimulatedTime(Action onTimer) : TimeProvider
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    // What repeats calls makes its timers on threads of the framework's.
    private readonly Lock gate = new();
    private readonly List<Timer> due = [];

    public int DueCount
    {
        get
        {
            lock (gate) return due.Count;
        }
    }

    private void Tell() => onTimer();

    public override DateTimeOffset GetUtcNow() => new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public override long GetTimestamp() => 0;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Forgets the timers of those who are gone.</summary>
    public void Clear()
    {
        lock (gate) due.Clear();
    }

    /// <summary>Lets one timer come.</summary>
    public void Fire(Random random)
    {
        Timer timer;
        lock (gate)
        {
            int number = random.Next(due.Count);
            timer = due[number];
            due.RemoveAt(number);
        }

        timer.Come();
    }

    private sealed class Timer(SimulatedTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Come() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                time.due.Remove(this);
                if (dueTime >= TimeSpan.Zero && dueTime <= Longest) time.due.Add(this);
            }

            time.Tell();
            return true;
        }

        public void Dispose()
        {
            lock (time.gate) time.due.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
