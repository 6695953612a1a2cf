using System.Collections.Concurrent;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Makes what a restore has written durable. Many items: by one barrier for the file system at the end, and beside the work what came before, so
/// that the disk does not stand idle until then (left to itself, Linux begins to write after 30 s). A few files: each by itself, and the folders
/// that lead to them at the end, so that getting one file back does not wait for what others write to the same disk.
/// </summary>
internal sealed class Writeback
{
    // Each costs a flush of the disk, some 10 ms where the disk turns; the barrier costs one, and whatever the machine has not written yet. Folders
    // are flushed together with the first of them, as a rule.
    private const int MostSyncedEach = 8, MostFolders = 64;

    // More than this is written beside the work.
    private const long MostBytesSyncedEach = Interval;

    // A quarter of a second of a disk of 500 MB/s: often enough to keep it busy, and each call looks at every file that is dirty.
    private const long Interval = 128 * 1024 * 1024;

    // What a small file costs on disk besides its bytes: half a block of content, its inode, its name.
    private const long BytesOfItem = 2560;

    private readonly IFolder destination;
    private readonly RestoreCounters counters;
    private readonly Lock gate = new();
    private readonly ConcurrentBag<RestoreFolder> changed = [];
    private Task running = Task.CompletedTask;
    private long begun;
    private volatile bool needsFileSystem;

    /// <param name="destination">Where to.</param>
    /// <param name="counters">What has been written.</param>
    /// <param name="syncsEach">Whether the files are few (<see cref="AreFew"/>).</param>
    public Writeback(IFolder destination, RestoreCounters counters, bool syncsEach)
    {
        this.destination = destination;
        this.counters = counters;
        SyncsEach = syncsEach;
        needsFileSystem = !syncsEach;
    }

    /// <summary>Whether so many items of so many bytes in all are made durable one by one.</summary>
    public static bool AreFew(long items, long bytes) => items <= MostSyncedEach && bytes <= MostBytesSyncedEach;

    /// <summary>Whether each file is made durable when it is written.</summary>
    public bool SyncsEach { get; }

    /// <summary>Something was restored that cannot be made durable by itself: a link, a node.</summary>
    public void NeedFileSystem() => needsFileSystem = true;

    /// <summary>A folder has new items, or new metadata.</summary>
    public void Changed(RestoreFolder folder)
    {
        if (needsFileSystem) return;
        changed.Add(folder);
        if (changed.Count > MostFolders) needsFileSystem = true;
    }

    /// <summary>Begins to write what there is, when it is worth it and the call before has ended. Any thread; returns at once.</summary>
    public void Begin()
    {
        long written = Written;
        if (SyncsEach || written - Interlocked.Read(ref begun) < Interval) return;
        lock (gate)
        {
            // One that failed is kept: the system tells of an error once.
            if (!running.IsCompletedSuccessfully || written - begun < Interval) return;
            Interlocked.Exchange(ref begun, written);
            running = Task.Run(destination.SyncFileSystem);
        }
    }

    /// <summary>When nobody writes any more: returns when everything is durable. What <see cref="Begin"/> has begun and failed fails here.</summary>
    public async Task FinishAsync()
    {
        await running;
        if (needsFileSystem || !TrySyncFolders()) destination.SyncFileSystem();
    }

    private bool TrySyncFolders()
    {
        try
        {
            foreach (RestoreFolder folder in changed)
            {
                using IFolder opened = folder.OpenAgain(destination);
                if (!opened.TrySync()) return false;
            }

            return destination.TrySync();
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied)
        {
            // One that has got a mode which keeps even its owner out.
            return false;
        }
    }

    private long Written => Interlocked.Read(ref counters.Bytes) + (BytesOfItem * Interlocked.Read(ref counters.Restored));
}
