namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Runs everything that goes on after an await on the thread of the simulation, in the order in which it became ready: nothing depends on threads.</summary>
internal sealed class SimulationContext : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> ready = new();

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (ready)
        {
            ready.Enqueue((d, state));
            Monitor.Pulse(ready);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <summary>Waits until something is ready.</summary>
    public bool Wait(TimeSpan atMost)
    {
        lock (ready) return ready.Count > 0 || Monitor.Wait(ready, atMost);
    }

    /// <summary>Runs what is ready, and what that makes ready.</summary>
    public void Drain()
    {
        while (true)
        {
            (SendOrPostCallback Callback, object? State) next;
            lock (ready)
            {
                if (!ready.TryDequeue(out next)) return;
            }

            next.Callback(next.State);
        }
    }
}
