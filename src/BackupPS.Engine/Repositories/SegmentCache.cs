namespace BackupPS.Engine.Repositories;

/// <summary>The segments read last, up to a number of bytes. Each is read by one caller at a time; the others wait for it.</summary>
internal sealed class SegmentCache(long capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Pack, int Segment), CachedSegment> items = [];
    private readonly LinkedList<CachedSegment> recent = new();
    private readonly SegmentBuffers buffers = new();
    private long size;

    /// <summary>A segment that is at hand; the caller releases it.</summary>
    public bool TryGet(string pack, int segment, out CachedSegment found)
    {
        lock (gate)
        {
            if (items.TryGetValue((pack, segment), out found!) && found.Filled.IsCompletedSuccessfully)
            {
                Use(found);
                return true;
            }
        }

        return false;
    }

    /// <summary>The segment, read where it is not at hand; the caller releases it.</summary>
    /// <param name="pack">Name of its pack.</param>
    /// <param name="segment">Its number.</param>
    /// <param name="length">Its length.</param>
    /// <param name="fill">Reads it into a buffer of that length.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<CachedSegment> GetAsync(string pack, int segment, int length, Func<Memory<byte>, CancellationToken, ValueTask> fill, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Find((pack, segment), length, out CachedSegment item))
            {
                await FillAsync(item, fill, cancellationToken);
                return item;
            }

            try
            {
                await item.Filled.WaitAsync(cancellationToken);
                return item;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Whoever was reading it was cancelled; this caller was not.
                item.Release();
            }
            catch
            {
                item.Release();
                throw;
            }
        }
    }

    /// <summary>Takes a buffer back that nobody uses any more.</summary>
    public void Recycle(byte[] buffer) => buffers.Return(buffer);

    private async ValueTask FillAsync(CachedSegment item, Func<Memory<byte>, CancellationToken, ValueTask> fill, CancellationToken cancellationToken)
    {
        try
        {
            await fill(item.Buffer.AsMemory(0, item.Length), cancellationToken);
            item.SetFilled();
        }
        catch (Exception e)
        {
            // A failure is not kept: the next caller tries again.
            lock (gate)
            {
                if (items.TryGetValue(item.Key, out CachedSegment? there) && ReferenceEquals(there, item)) Remove(item);
            }

            item.SetFailed(e);
            item.Release();
            throw;
        }
    }

    // true: it is new, and the caller fills it.
    private bool Find((string Pack, int Segment) key, int length, out CachedSegment item)
    {
        lock (gate)
        {
            if (items.TryGetValue(key, out item!))
            {
                Use(item);
                return false;
            }

            // One use is the cache's own, one the caller's.
            item = new CachedSegment(this, key, buffers.Rent(length), length, users: 2);
            items.Add(key, item);
            recent.AddFirst(item.Node);
            size += item.Buffer.Length;
            while (size > capacity && recent.Count > 1) Remove(recent.Last!.Value);
            return true;
        }
    }

    private void Use(CachedSegment item)
    {
        item.Hold();
        if (ReferenceEquals(recent.First, item.Node)) return;
        recent.Remove(item.Node);
        recent.AddFirst(item.Node);
    }

    private void Remove(CachedSegment item)
    {
        recent.Remove(item.Node);
        items.Remove(item.Key);
        size -= item.Buffer.Length;
        item.Release();
    }
}
