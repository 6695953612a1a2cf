using System.Buffers.Binary;
using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>Everything that an index object says of a pack.</summary>
/// <param name="Name">SHA-256 of its bytes.</param>
/// <param name="Salt">Its salt, which is also at the start of the pack: here, so that one read fetches a segment.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Length">Length of the object in bytes.</param>
/// <param name="Segments">Its segments in order.</param>
internal sealed record PackDescription(byte[] Name, byte[] Salt, BlobKind Kind, long Length, IReadOnlyList<SegmentContents> Segments)
{
    /// <summary>No segment decompresses to more: a chunk is at most 16 MiB (FORMAT.md), a tree page 1 MiB.</summary>
    public const int MaximumSegmentLength = 16 * 1024 * 1024;

    // Offsets in a pack are 32-bit in the table of the index.
    public const int MaximumLength = 1 << 30;

    /// <summary>Segment numbers are 16-bit in the table of the index.</summary>
    public const int MaximumSegments = ushort.MaxValue;

    // A call of the hash for each piece: as many as cost nothing beside it.
    private const int DigestPieceLength = 4096;

    // A blob, or the head of a segment, is less.
    private const int DigestPartLength = 32;

    /// <summary>How many blobs its segments hold.</summary>
    public int BlobCount
    {
        get
        {
            int count = 0;
            foreach (SegmentContents segment in Segments) count += segment.Blobs.Count;
            return count;
        }
    }

    /// <summary>64 hexadecimal digits.</summary>
    public string NameText => Convert.ToHexStringLower(Name);

    /// <summary>No segment list of so many is longer: a blob takes 24 bytes of id and at most 4 of length, a segment at most 13.</summary>
    public static long SegmentListBound(int segments, int blobs) => (segments * 13L) + (blobs * 28L) + 5;

    public static void WriteSegments(ByteWriter writer, IReadOnlyList<SegmentContents> segments)
    {
        writer.WriteNumber((ulong)segments.Count);
        foreach (SegmentContents segment in segments)
        {
            writer.WriteNumber((ulong)segment.SealedLength);
            writer.WriteNumber((ulong)segment.RawLength);
            writer.WriteByte((byte)segment.Codec);
            writer.WriteNumber((ulong)segment.Blobs.Count);
            foreach (BlobEntry blob in segment.Blobs)
            {
                writer.WriteId(blob.Id);
                writer.WriteNumber((ulong)blob.Length);
            }
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="WriteSegments"/> writes.</exception>
    public static IReadOnlyList<SegmentContents> ReadSegments(ref ByteReader reader)
    {
        int count = reader.ReadCount(MaximumSegments);
        var segments = new List<SegmentContents>(Math.Min(count, reader.Remaining / 4));
        for (int i = 0; i < count; i++)
        {
            int sealedLength = reader.ReadCount(MaximumSegmentLength + ObjectSeal.TagLength);
            int rawLength = reader.ReadCount(MaximumSegmentLength);
            var codec = (CodecId)reader.ReadByte();
            int blobCount = reader.ReadCount(reader.Remaining / BlobId.Length);
            var blobs = new BlobEntry[blobCount];
            long sum = 0;
            for (int b = 0; b < blobCount; b++)
            {
                blobs[b] = new BlobEntry(reader.ReadId(), reader.ReadCount(MaximumSegmentLength));
                sum += blobs[b].Length;
            }

            if (sum != rawLength) throw new InvalidDataException($"The blobs of a segment have {sum} bytes in sum, the segment {rawLength}.");
            if (sealedLength < ObjectSeal.TagLength) throw new InvalidDataException("A segment is shorter than its seal.");
            segments.Add(new SegmentContents(sealedLength, rawLength, codec, blobs));
        }

        return segments;
    }

    /// <summary>128 bits of a hash of everything that it says: two descriptions that have the same say the same.</summary>
    public UInt128 ComputeDigest()
    {
        // In pieces: of tiny files, all of it is megabytes.
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> piece = stackalloc byte[DigestPieceLength];
        Span<byte> rest = piece;
        Name.CopyTo(rest);
        Salt.CopyTo(rest[Name.Length..]);
        rest = rest[(Name.Length + Salt.Length)..];
        rest[0] = (byte)Kind;
        BinaryPrimitives.WriteInt64LittleEndian(rest[1..], Length);
        rest = rest[(1 + sizeof(long))..];
        foreach (SegmentContents segment in Segments)
        {
            if (rest.Length < DigestPartLength) Drain(digest, piece, ref rest);
            BinaryPrimitives.WriteInt32LittleEndian(rest, segment.SealedLength);
            BinaryPrimitives.WriteInt32LittleEndian(rest[sizeof(int)..], segment.RawLength);
            BinaryPrimitives.WriteInt32LittleEndian(rest[(2 * sizeof(int))..], segment.Blobs.Count);
            rest[3 * sizeof(int)] = (byte)segment.Codec;
            rest = rest[((3 * sizeof(int)) + 1)..];
            for (int i = 0; i < segment.Blobs.Count; i++)
            {
                BlobEntry blob = segment.Blobs[i];
                if (rest.Length < DigestPartLength) Drain(digest, piece, ref rest);
                blob.Id.CopyTo(rest);
                BinaryPrimitives.WriteInt32LittleEndian(rest[BlobId.Length..], blob.Length);
                rest = rest[(BlobId.Length + sizeof(int))..];
            }
        }

        Drain(digest, piece, ref rest);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        digest.GetHashAndReset(hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static void Drain(IncrementalHash digest, Span<byte> piece, scoped ref Span<byte> rest)
    {
        digest.AppendData(piece[..^rest.Length]);
        rest = piece;
    }

    public void Write(ByteWriter writer)
    {
        writer.WriteBytes(Name);
        writer.WriteBytes(Salt);
        writer.WriteByte((byte)Kind);
        writer.WriteNumber(Length);
        WriteSegments(writer, Segments);
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static PackDescription Read(ref ByteReader reader)
    {
        byte[] name = reader.ReadBytes(32).ToArray();
        byte[] salt = reader.ReadBytes(ObjectSeal.SaltLength).ToArray();
        var kind = (BlobKind)reader.ReadByte();
        if (kind is not (BlobKind.Data or BlobKind.Tree)) throw new InvalidDataException($"Unknown kind of pack {(byte)kind}.");
        long length = reader.ReadCount(MaximumLength);
        IReadOnlyList<SegmentContents> segments = ReadSegments(ref reader);
        long used = PackLayout.HeaderLength + ObjectSeal.TagLength + PackLayout.TrailerLength;
        foreach (SegmentContents segment in segments) used += segment.SealedLength;
        if (used >= length) throw new InvalidDataException($"The segments of a pack have more bytes than its {length}.");
        return new PackDescription(name, salt, kind, length, segments);
    }
}
