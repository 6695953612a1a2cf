using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Makes what a restore has written durable: all of it by one barrier at the end, and beside the work what came before, so that the disk does not
/// stand idle until then. Left to itself, Linux begins to write after 30 s.
/// </summary>
internal sealed class Writeback(IFolder destination, RestoreCounters counters)
{
    // A quarter of a second of a disk of 500 MB/s: often enough to keep it busy, and each call looks at every file that is dirty.
    private const long Interval = 128 * 1024 * 1024;

    // What a small file costs on disk besides its bytes: half a block of content, its inode, its name.
    private const long BytesOfItem = 2560;

    private readonly Lock gate = new();
    private Task running = Task.CompletedTask;
    private long begun;

    /// <summary>Begins to write what there is, when it is worth it and the call before has ended. Any thread; returns at once.</summary>
    public void Begin()
    {
        long written = Written;
        if (written - Interlocked.Read(ref begun) < Interval) return;
        lock (gate)
        {
            // One that failed is kept: the system tells of an error once.
            if (!running.IsCompletedSuccessfully || written - begun < Interval) return;
            Interlocked.Exchange(ref begun, written);
            running = Task.Run(destination.SyncFileSystem);
        }
    }

    /// <summary>Waits for what <see cref="Begin"/> has begun; its failure is that of the restore. One that was given up need not wait.</summary>
    public Task EndAsync()
    {
        lock (gate) return running;
    }

    private long Written => Interlocked.Read(ref counters.Bytes) + (BytesOfItem * Interlocked.Read(ref counters.Restored));
}
