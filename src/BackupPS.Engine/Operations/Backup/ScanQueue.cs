using System.Runtime.ExceptionServices;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Batches between a scan and the walk that compares them: bounded by their bytes, in order, one thread on either side.</summary>
internal sealed class ScanQueue
{
    /// <summary>Some 128,000 items: what a scan finds while the repository is unlocked and its index loaded.</summary>
    public const int MaximumAhead = 16 * 1024 * 1024;

    /// <summary>Some 16,000 items, once there is somebody to take them. More is of no use to the walk, and files that were listed long ago may be gone when they are read.</summary>
    public const int UsualAhead = 2 * 1024 * 1024;

    // Batches that wait to be filled again.
    private const int MaximumFree = 16;

    private readonly object gate = new();
    private readonly Queue<ScanBatch> ready = new();
    private readonly Stack<ScanBatch> free = new();
    private int ahead;
    private int limit = MaximumAhead;
    private bool ended;
    private bool stopped;
    private ExceptionDispatchInfo? failure;

    /// <summary>Bytes of the batches that wait.</summary>
    public int Ahead
    {
        get
        {
            lock (gate) return ahead;
        }
    }

    /// <summary>A batch to be filled.</summary>
    public ScanBatch Rent()
    {
        lock (gate)
        {
            if (free.TryPop(out ScanBatch? batch)) return batch;
        }

        return new ScanBatch();
    }

    /// <summary>Takes back a batch that nobody looks at any more.</summary>
    public void Return(ScanBatch batch)
    {
        batch.Clear();
        lock (gate)
        {
            if (free.Count < MaximumFree) free.Push(batch);
        }
    }

    /// <summary>Hands on a batch; blocks while there are enough.</summary>
    /// <exception cref="OperationCanceledException">The queue was stopped.</exception>
    public void Put(ScanBatch batch)
    {
        lock (gate)
        {
            while (ahead >= limit && !stopped) Monitor.Wait(gate);
            if (stopped) throw new OperationCanceledException();
            ready.Enqueue(batch);
            ahead += batch.Weight;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>No more batches will come.</summary>
    /// <param name="cause">What went wrong; whoever takes the last batch is told.</param>
    public void End(Exception? cause)
    {
        lock (gate)
        {
            ended = true;
            if (cause is not null) failure = ExceptionDispatchInfo.Capture(cause);
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Wakes both sides; nothing is handed on any more.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>The next batch; waits for it. <see langword="null"/>: there are no more.</summary>
    /// <exception cref="OperationCanceledException">The queue was stopped.</exception>
    public ScanBatch? Take(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            limit = UsualAhead;
            if (ready.Count == 0 && !ended && !stopped)
            {
                CancellationTokenRegistration woken = cancellationToken.UnsafeRegister(static q => ((ScanQueue)q!).Stop(), this);
                while (ready.Count == 0 && !ended && !stopped) Monitor.Wait(gate);

                // Not Dispose: it would wait for a callback that waits for the lock.
                woken.Unregister();
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (stopped) throw new OperationCanceledException();
            if (ready.TryDequeue(out ScanBatch? batch))
            {
                ahead -= batch.Weight;
                Monitor.PulseAll(gate);
                return batch;
            }

            failure?.Throw();
            return null;
        }
    }
}
