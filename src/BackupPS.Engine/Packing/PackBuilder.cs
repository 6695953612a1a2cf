using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>One pack in memory, growing. One thread at a time.</summary>
internal sealed class PackBuilder : IDisposable
{
    private readonly KeySet keys;
    private readonly BlobKind kind;
    private readonly byte[] buffer;
    private readonly byte[] salt = RandomNumberGenerator.GetBytes(ObjectSeal.SaltLength);
    private readonly ObjectSeal seal;
    private readonly List<SegmentContents> segments = [];
    private readonly ByteWriter footer = new(16 * 1024);
    private int length = PackLayout.HeaderLength;
    private int blobs;

    /// <param name="keys">The repository's keys.</param>
    /// <param name="kind">What the pack holds.</param>
    /// <param name="buffer">Where it grows; the caller takes it back when the pack is done.</param>
    public PackBuilder(KeySet keys, BlobKind kind, byte[] buffer)
    {
        this.keys = keys;
        this.kind = kind;
        this.buffer = buffer;
        seal = ObjectSeal.ForPack(keys, (byte)kind, salt);
        PackLayout.WriteHeader(buffer, kind, salt);
    }

    public byte[] Buffer => buffer;

    public bool IsEmpty => segments.Count == 0;

    /// <summary>Whether a segment and the footer that lists it still fit.</summary>
    public bool HasRoom(int compressedLength, int blobCount)
    {
        // A blob takes 24 bytes of id and at most 4 of length in the footer; a segment at most 13.
        long footerBound = ((blobs + blobCount) * 28L) + ((segments.Count + 1) * 13L) + 64;
        return segments.Count < PackDescription.MaximumSegments
            && length + (long)compressedLength + ObjectSeal.TagLength + footerBound + ObjectSeal.TagLength + PackLayout.TrailerLength <= buffer.Length;
    }

    public void Append(ReadOnlySpan<byte> compressed, CodecId codec, int rawLength, IReadOnlyList<BlobEntry> contents)
    {
        // What no reader would take must not be written.
        if (rawLength > PackDescription.MaximumSegmentLength) throw new ArgumentOutOfRangeException(nameof(rawLength), rawLength, "A segment is longer than the format allows.");
        int sealedLength = compressed.Length + ObjectSeal.TagLength;
        seal.Seal(SealPosition.Segment(segments.Count), compressed, buffer.AsSpan(length, sealedLength));
        segments.Add(new SegmentContents(sealedLength, rawLength, codec, contents));
        length += sealedLength;
        blobs += contents.Count;
    }

    /// <summary>Writes footer and trailer, and computes the name.</summary>
    public PackDescription Complete()
    {
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
        seal.Seal(SealPosition.Footer, footer.Written, buffer.AsSpan(length, footerLength));
        PackLayout.WriteTrailer(buffer.AsSpan(length + footerLength), footerLength);
        return new PackDescription(SHA256.HashData(buffer.AsSpan(0, total)), salt, kind, total, segments);
    }

    public void Dispose() => seal.Dispose();
}
