namespace BackupPS.Engine.Repositories;

/// <summary>
/// A decompressed segment in a pooled buffer. Each user holds it by <see cref="SegmentCache"/>; the buffer goes back to the pool when the last one
/// has released it, so that no reader ever sees it used for something else.
/// </summary>
internal sealed class CachedSegment
{
    private readonly SegmentCache owner;

    // Set by whoever has filled the buffer, or failed to. Those who want the segment meanwhile wait for it.
    private readonly TaskCompletionSource filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int users;

    public CachedSegment(SegmentCache owner, (string Pack, int Segment) key, byte[] buffer, int length, int users)
    {
        this.owner = owner;
        Key = key;
        Buffer = buffer;
        Length = length;
        this.users = users;
        Node = new LinkedListNode<CachedSegment>(this);
    }

    public (string Pack, int Segment) Key { get; }

    /// <summary>At least <see cref="Length"/> bytes.</summary>
    public byte[] Buffer { get; }

    public int Length { get; }

    /// <summary>Its place in the order of use.</summary>
    public LinkedListNode<CachedSegment> Node { get; }

    /// <summary>Ends when the buffer holds the segment, or with the reason why it does not.</summary>
    public Task Filled => filled.Task;

    public void SetFilled() => filled.SetResult();

    public void SetFailed(Exception reason)
    {
        filled.SetException(reason);

        // Nobody may have waited for it: then it is not an exception that nobody looked at.
        _ = filled.Task.Exception;
    }

    /// <summary>One more user. Only while the caller knows of another.</summary>
    public void Hold() => Interlocked.Increment(ref users);

    /// <summary>One user less.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0) owner.Recycle(Buffer);
    }
}
