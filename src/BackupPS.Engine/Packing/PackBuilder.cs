using System.Buffers;
using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>One pack in memory, growing. One thread at a time.</summary>
internal sealed class PackBuilder : IDisposable
{
    private readonly BlobKind kind;
    private readonly SlabPool slabs;
    private readonly int capacity;
    private readonly byte[] salt = new byte[ObjectSeal.SaltLength];
    private readonly ObjectSeal seal;
    private readonly List<SegmentContents> segments = [];

    // Goes along with what is appended: at the end it would hold up the upload, and with it, of data that does not compress, the workers.
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    // The slabs that are filled, each as far as it is used, and the one that is being filled. No part of a pack crosses from one to the next.
    private readonly List<ReadOnlyMemory<byte>> filled = [];
    private readonly List<NativeBuffer> rented = [];
    private int used;
    private int length;
    private int blobs;

    /// <param name="keys">The repository's keys.</param>
    /// <param name="kind">What the pack holds.</param>
    /// <param name="slabs">Where it takes its memory from.</param>
    /// <param name="capacity">Bytes that the pack shall not exceed.</param>
    public PackBuilder(KeySet keys, BlobKind kind, SlabPool slabs, int capacity)
    {
        this.kind = kind;
        this.slabs = slabs;
        this.capacity = capacity;
        keys.DrawSalt(salt);
        seal = ObjectSeal.ForPack(keys, (byte)kind, salt);
        Span<byte> header = Reserve(PackLayout.HeaderLength, mayWait: true);
        PackLayout.WriteHeader(header, kind, salt);
        hash.AppendData(header);
    }

    public bool IsEmpty => segments.Count == 0;

    /// <summary>Whether a segment and the footer that lists it still fit.</summary>
    public bool HasRoom(int compressedLength, int blobCount)
    {
        // The list, and the total length before it.
        long footerBound = PackDescription.SegmentListBound(segments.Count + 1, blobs + blobCount) + 5;
        return segments.Count < PackDescription.MaximumSegments
            && length + (long)compressedLength + ObjectSeal.TagLength + footerBound + ObjectSeal.TagLength + PackLayout.TrailerLength <= capacity;
    }

    public void Append(ReadOnlySpan<byte> compressed, CodecId codec, int rawLength, IReadOnlyList<BlobEntry> contents)
    {
        // What no reader would take must not be written.
        if (rawLength > PackDescription.MaximumSegmentLength) throw new ArgumentOutOfRangeException(nameof(rawLength), rawLength, "A segment is longer than the format allows.");
        int sealedLength = compressed.Length + ObjectSeal.TagLength;
        Span<byte> segment = Reserve(sealedLength, mayWait: true);
        seal.Seal(SealPosition.Segment(segments.Count), compressed, segment);
        hash.AppendData(segment);
        segments.Add(new SegmentContents(sealedLength, rawLength, codec, contents));
        blobs += contents.Count;
    }

    /// <summary>Writes footer and trailer, and computes the name.</summary>
    /// <param name="content">The bytes of the pack, until it is disposed.</param>
    /// <param name="scratch">Where the footer is put together; <see langword="null"/>: in memory of its own.</param>
    public PackDescription Complete(out ReadOnlySequence<byte> content, ByteWriter? scratch = null)
    {
        ByteWriter footer = scratch ?? new ByteWriter();
        footer.Clear((int)PackDescription.SegmentListBound(segments.Count, blobs) + 5);

        // The footer holds the total length, whose own width is part of it: at most two rounds find it.
        int total = 0;
        for (int guess = length; ; guess = total)
        {
            footer.Clear();
            footer.WriteNumber((ulong)guess);
            PackDescription.WriteSegments(footer, segments);
            total = length + footer.Length + ObjectSeal.TagLength + PackLayout.TrailerLength;
            if (total == guess) break;
        }

        int footerLength = footer.Length + ObjectSeal.TagLength;
        Span<byte> end = Reserve(footerLength + PackLayout.TrailerLength, mayWait: false);
        seal.Seal(SealPosition.Footer, footer.Written, end[..footerLength]);
        PackLayout.WriteTrailer(end[footerLength..], footerLength);
        hash.AppendData(end);

        content = PackContent.Join([.. filled, rented[^1].Memory[..used]]);
        return new PackDescription(hash.GetHashAndReset(), salt, kind, length, segments);
    }

    public void Dispose()
    {
        seal.Dispose();
        hash.Dispose();
        foreach (NativeBuffer slab in rented) slabs.Return(slab);
        rented.Clear();
    }

    // The next bytes of the pack, in one piece.
    private Span<byte> Reserve(int count, bool mayWait)
    {
        if (rented.Count == 0 || rented[^1].Length - used < count)
        {
            if (rented.Count > 0) filled.Add(rented[^1].Memory[..used]);
            rented.Add(slabs.Rent(count, mayWait));
            used = 0;
        }

        Span<byte> space = rented[^1].GetSpan().Slice(used, count);
        used += count;
        length += count;
        return space;
    }
}
