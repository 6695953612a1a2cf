using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Packing;

/// <summary>Joins blobs into segments, compresses them, and adds them to packs. One thread at a time; each worker has its own.</summary>
internal sealed class SegmentWriter : IDisposable
{
    /// <summary>Data: some 1 MiB, where zstd's gain from joining small files levels off (DESIGN section 5).</summary>
    public const int DataLength = 1024 * 1024;

    /// <summary>Trees: some 128 KiB, since old trees scatter and are read in part.</summary>
    public const int TreeLength = 128 * 1024;

    private readonly PackAssembler packs;
    private readonly SegmentCompressor compressor;
    private readonly NativeBuffer buffer;
    private readonly BlobListPool lists;
    private List<BlobEntry> blobs;
    private int used;

    /// <param name="packs">Takes the segments.</param>
    /// <param name="codec">How they are compressed.</param>
    /// <param name="segmentLength">Bytes of a full one, before compression.</param>
    /// <param name="lists">Where lists of blobs come from that nobody needs any more; <see langword="null"/>: none do.</param>
    public SegmentWriter(PackAssembler packs, CodecId codec, int segmentLength, BlobListPool? lists = null)
    {
        this.packs = packs;
        this.lists = lists ?? new BlobListPool();
        blobs = this.lists.Rent(0);
        compressor = new SegmentCompressor(codec);
        buffer = new NativeBuffer(segmentLength);
    }

    /// <summary>Room for a blob of this length at the end of the segment, into which the caller may read; then <see cref="Commit"/>, or not.</summary>
    /// <param name="length">At most the length of a segment.</param>
    public Span<byte> GetRoom(int length)
    {
        if (buffer.Length - used < length) Flush();
        return buffer.GetSpan().Slice(used, length);
    }

    /// <summary>Takes the first <paramref name="length"/> bytes of the last <see cref="GetRoom"/> as a blob.</summary>
    public void Commit(BlobId id, int length)
    {
        if (blobs.Count == blobs.Capacity) blobs.Capacity = Math.Max(16, blobs.Count + (blobs.Count / 8));
        blobs.Add(new BlobEntry(id, length));
        used += length;
    }

    /// <summary>Adds a blob. One of half a segment or more gets a segment of its own.</summary>
    public void Add(BlobId id, ReadOnlySpan<byte> content)
    {
        if (content.Length >= buffer.Length / 2)
        {
            Write(content, [new BlobEntry(id, content.Length)]);
            return;
        }

        content.CopyTo(GetRoom(content.Length));
        Commit(id, content.Length);
    }

    /// <summary>Writes what is gathered as a segment.</summary>
    public void Flush()
    {
        if (blobs.Count == 0) return;
        List<BlobEntry> contents = blobs;

        // The next one holds about as many. Hundreds of lists are in use at a time: they do not double for the sake of a few blobs more.
        blobs = lists.Rent(contents.Count + (contents.Count / 16));
        int length = used;
        used = 0;
        Write(buffer.GetSpan()[..length], contents);
    }

    public void Dispose()
    {
        compressor.Dispose();
        buffer.Dispose();
    }

    private void Write(ReadOnlySpan<byte> raw, IReadOnlyList<BlobEntry> contents)
    {
        ReadOnlySpan<byte> stored = compressor.Compress(raw, out CodecId codec);
        packs.Append(stored, codec, raw.Length, contents);
    }
}
