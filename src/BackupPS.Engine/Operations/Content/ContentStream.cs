using BackupPS.Engine.Index;
using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Content;

/// <summary>
/// The content of a file in a snapshot, holes as zeros. It can seek. Every blob is proved by its id before a byte of it is handed out; one that
/// cannot be read is a <see cref="BackupException"/> from the read that comes to it, after all bytes before it. One call at a time.
/// </summary>
internal sealed class ContentStream : Stream
{
    private readonly SnapshotReading snapshot;
    private readonly IReadOnlyList<BlobId> blobs;
    private readonly IReadOnlyList<FileExtent> ranges;
    private readonly string path;
    private readonly TimeProvider time;
    private readonly IAsyncDisposable owned;
    private readonly BlobsAhead ahead;
    private readonly long dataLength;
    private long position;
    private bool closed;

    // The range that holds the position, or is the next behind it, and where its bytes begin in the run of all blobs.
    private int range;
    private long rangeStart;

    // The blob that the lease holds, or none; the blob where the walk stands, and where it begins in the run of all blobs.
    private BlobLease lease;
    private int leased = -1;
    private int blob;
    private long blobStart;

    /// <param name="snapshot">The snapshot.</param>
    /// <param name="entry">The file.</param>
    /// <param name="blobs">The blobs of its data.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owned">Disposed of with the stream.</param>
    public ContentStream(SnapshotReading snapshot, TreeEntry entry, IReadOnlyList<BlobId> blobs, string path, TimeProvider time, IAsyncDisposable owned)
    {
        this.snapshot = snapshot;
        this.blobs = blobs;
        this.path = path;
        this.time = time;
        this.owned = owned;
        ahead = new BlobsAhead(snapshot.Blobs, blobs);
        ranges = ContentWriter.RangesOf(entry);
        dataLength = ranges.Sum(static r => r.Length);
        Length = entry.Size;
        if (dataLength == 0 && blobs.Count > 0) throw Mismatch("more");
    }

    public override bool CanRead => !closed;

    public override bool CanSeek => !closed;

    public override bool CanWrite => false;

    public override long Length { get; }

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            position = value;
        }
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
    {
        SeekOrigin.Begin => 0,
        SeekOrigin.Current => position,
        _ => Length,
    };

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || position >= Length) return 0;
        FindRange();
        long end = range == ranges.Count ? Length : position < ranges[range].Offset ? ranges[range].Offset : EndOf(ranges[range]);
        int length = (int)Math.Min(buffer.Length, end - position);
        if (range == ranges.Count || position < ranges[range].Offset)
        {
            buffer.Span[..length].Clear();
        }
        else
        {
            try
            {
                length = await ReadDataAsync(buffer[..length], rangeStart + (position - ranges[range].Offset), cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                BackupException reason = await snapshot.ExplainAsync(StoreErrors.Translate(e), time, cancellationToken);
                throw new BackupException(reason.Error, $"{PathText.ToDisplay(path)}: {reason.Message}", path, reason);
            }
        }

        position += length;
        return length;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) CloseAsync().GetAwaiter().GetResult();
        base.Dispose(disposing);
    }

    private async Task CloseAsync()
    {
        if (closed) return;
        closed = true;
        await ahead.DisposeAsync();
        lease.Dispose();
        lease = default;
        await owned.DisposeAsync();
    }

    private static long EndOf(FileExtent range) => range.Offset + range.Length;

    private void FindRange()
    {
        while (range > 0 && position < EndOf(ranges[range - 1])) rangeStart -= ranges[--range].Length;
        while (range < ranges.Count && position >= EndOf(ranges[range])) rangeStart += ranges[range++].Length;
    }

    private async ValueTask<int> ReadDataAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
    {
        while (offset < blobStart)
        {
            int before = await LengthOfAsync(blob - 1, cancellationToken);
            blob--;
            blobStart -= before;
        }

        int length;
        while (true)
        {
            if (blob == blobs.Count) throw Mismatch("fewer");
            length = await LengthOfAsync(blob, cancellationToken);
            if (offset < blobStart + length) break;
            blobStart += length;
            blob++;
        }

        if (blobStart + length > dataLength || (blobStart + length == dataLength && blob < blobs.Count - 1)) throw Mismatch("more");
        if (leased != blob) await OpenBlobAsync(blob, cancellationToken);
        ReadOnlySpan<byte> content = lease.Span[(int)(offset - blobStart)..];
        int read = Math.Min(destination.Length, content.Length);
        content[..read].CopyTo(destination.Span);
        return read;
    }

    private async ValueTask<int> LengthOfAsync(int number, CancellationToken cancellationToken)
    {
        if (number != leased)
        {
            if (snapshot.Blobs.Index.TryFind(blobs[number], 0, out BlobLocation location)) return location.Length;

            // As in a restore, what no index has may be in a pack all the same.
            await OpenBlobAsync(number, cancellationToken);
        }

        return lease.Span.Length;
    }

    private async ValueTask OpenBlobAsync(int number, CancellationToken cancellationToken)
    {
        // Ahead only once the reader is seen to go straight on.
        bool goesOn = leased >= 0 && leased == number - 1;
        lease.Dispose();
        lease = default;
        leased = -1;
        lease = await ahead.OpenAsync(number, goesOn, cancellationToken);
        leased = number;
    }

    private BackupException Mismatch(string how) => new(BackupError.ObjectDamaged, $"the snapshot has {how} bytes for this file than its size says", path);
}
