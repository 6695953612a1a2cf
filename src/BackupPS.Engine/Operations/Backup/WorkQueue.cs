namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Between the walk and the workers: batches of files, bounded, so that the walk does not run ahead of memory; and chunks of large files,
/// which go first, because a file holds its buffers until its last chunk is done.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    // 64 batches of up to 1 MiB of small files keep two to sixteen workers busy while the walk is in a slow folder.
    private const int MaximumBatches = 64;

    // What readers may be ahead of the others. Several, so that none of the others waits while a reader reads; in bytes too, since what waits
    // holds blocks that are larger than the largest chunk.
    private const int MaximumChunks = 4;
    private const int MaximumChunkBytes = 4 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim batchRoom = new(MaximumBatches);
    private readonly SemaphoreSlim work = new(0);
    private readonly Queue<IReadOnlyList<FileJob>> batches = new();
    private readonly Queue<ChunkJob> chunks = new();
    private int chunkBytes;
    private int busy;
    private bool completed;

    /// <summary>Adds files; blocks while there are enough.</summary>
    public void Add(IReadOnlyList<FileJob> batch, CancellationToken cancellationToken)
    {
        batchRoom.Wait(cancellationToken);
        lock (gate) batches.Enqueue(batch);
        work.Release();
    }

    /// <summary>Adds a chunk for whoever is free; <see langword="false"/> when none is likely to be, so that the caller does it.</summary>
    public bool TryAdd(ChunkJob chunk)
    {
        lock (gate)
        {
            if (chunks.Count >= MaximumChunks || (chunks.Count > 0 && chunkBytes + chunk.Length > MaximumChunkBytes)) return false;
            chunks.Enqueue(chunk);
            chunkBytes += chunk.Length;
        }

        work.Release();
        return true;
    }

    /// <summary>No more files will come.</summary>
    public void Complete()
    {
        lock (gate) completed = true;
        work.Release();
    }

    /// <summary>Waits for work. Each success is followed by <see cref="Done"/>.</summary>
    /// <returns>Whether there is any; <see langword="false"/> when all is done.</returns>
    public bool TryTake(out IReadOnlyList<FileJob>? batch, out ChunkJob? chunk, CancellationToken cancellationToken)
    {
        while (true)
        {
            work.Wait(cancellationToken);
            lock (gate)
            {
                batch = null;
                if (chunks.TryDequeue(out chunk))
                {
                    chunkBytes -= chunk.Length;
                    busy++;
                    return true;
                }

                if (batches.TryDequeue(out batch))
                {
                    busy++;
                    batchRoom.Release();
                    return true;
                }

                if (completed && busy == 0)
                {
                    // Wake the next worker, so that all of them end.
                    work.Release();
                    return false;
                }
            }
        }
    }

    /// <summary>What was taken is done, and no more chunks will come of it.</summary>
    public void Done()
    {
        bool last;
        lock (gate) last = --busy == 0 && completed;
        if (last) work.Release();
    }

    public void Dispose()
    {
        // Of a run that was stopped.
        while (chunks.TryDequeue(out ChunkJob? chunk)) chunk.Block.Release();
        batchRoom.Dispose();
        work.Dispose();
    }
}
