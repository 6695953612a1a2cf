namespace BackupPS.Engine.Repositories;

/// <summary>The content of a blob, proved by its id, in the buffer of its segment. It holds until it is disposed, which is done once.</summary>
internal readonly struct BlobLease : IDisposable
{
    private readonly CachedSegment? segment;
    private readonly int offset;
    private readonly int length;

    /// <param name="segment">The segment; the lease takes over one use of it.</param>
    /// <param name="offset">First byte of the blob.</param>
    /// <param name="length">Its length.</param>
    public BlobLease(CachedSegment segment, int offset, int length)
    {
        this.segment = segment;
        this.offset = offset;
        this.length = length;
    }

    public ReadOnlySpan<byte> Span => segment is null ? [] : segment.Buffer.AsSpan(offset, length);

    public void Dispose() => segment?.Release();
}
