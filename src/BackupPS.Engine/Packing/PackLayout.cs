using System.Buffers.Binary;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>The outside of a pack: header, segments, sealed footer, trailer. FORMAT.md, "Packs".</summary>
internal static class PackLayout
{
    public const int HeaderLength = 8 + ObjectSeal.SaltLength;
    public const int TrailerLength = 8;
    private const byte FormatVersion = 1;

    private static ReadOnlySpan<byte> Magic => "BPSP"u8;

    private static ReadOnlySpan<byte> TrailerMagic => "BPSE"u8;

    public static void WriteHeader(Span<byte> destination, BlobKind kind, ReadOnlySpan<byte> salt)
    {
        Magic.CopyTo(destination);
        destination[4] = FormatVersion;
        destination[5] = (byte)SealedType.Pack;
        destination[6] = (byte)kind;
        destination[7] = 0;
        salt.CopyTo(destination[8..]);
    }

    public static void WriteTrailer(Span<byte> destination, int footerLength)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)footerLength);
        TrailerMagic.CopyTo(destination[4..]);
    }

    /// <summary>Reads a whole pack's outside and its footer, without opening a segment.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="name">SHA-256 of <paramref name="pack"/>, computed by the caller.</param>
    /// <param name="pack">The bytes.</param>
    /// <exception cref="InvalidDataException">The pack is not whole; the message says where.</exception>
    public static PackDescription Read(KeySet keys, byte[] name, ReadOnlySpan<byte> pack)
    {
        if (pack.Length < HeaderLength + TrailerLength + ObjectSeal.TagLength) throw new InvalidDataException("it does not begin as a pack does");
        return ReadTail(keys, name, pack.Length, pack[..HeaderLength], pack[^TailLength(pack[^TrailerLength..], pack.Length)..]);
    }

    /// <summary>Length in bytes of the sealed footer and the trailer.</summary>
    /// <param name="trailer">The last <see cref="TrailerLength"/> bytes of the pack.</param>
    /// <param name="length">Length of the pack.</param>
    /// <exception cref="InvalidDataException">It is no trailer of such a pack; the message says why.</exception>
    public static int TailLength(ReadOnlySpan<byte> trailer, int length)
    {
        if (trailer.Length != TrailerLength || !trailer[4..].SequenceEqual(TrailerMagic)) throw new InvalidDataException("it does not end as a pack does");
        uint footerLength = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (footerLength < ObjectSeal.TagLength || footerLength > (long)length - HeaderLength - TrailerLength) throw new InvalidDataException("its trailer gives an impossible length of the footer");
        return (int)footerLength + TrailerLength;
    }

    /// <summary>The same as <see cref="Read"/>, from the two ends of a pack alone.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="name">Name of the pack, of which the bytes are no proof yet.</param>
    /// <param name="length">Length of the pack.</param>
    /// <param name="header">Its first <see cref="HeaderLength"/> bytes.</param>
    /// <param name="tail">Its last <see cref="TailLength"/> bytes.</param>
    /// <exception cref="InvalidDataException">The pack is not whole; the message says where.</exception>
    public static PackDescription ReadTail(KeySet keys, byte[] name, int length, ReadOnlySpan<byte> header, ReadOnlySpan<byte> tail) => ReadTail(keys, name, length, header, tail, new byte[tail.Length]);

    /// <summary>The same, with memory for the opened footer.</summary>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="name">Name of the pack.</param>
    /// <param name="length">Length of the pack.</param>
    /// <param name="header">Its first bytes.</param>
    /// <param name="tail">Its last bytes.</param>
    /// <param name="scratch">As long as the tail, of any content.</param>
    public static PackDescription ReadTail(KeySet keys, byte[] name, int length, ReadOnlySpan<byte> header, ReadOnlySpan<byte> tail, Span<byte> scratch)
    {
        if (header.Length != HeaderLength || !header.StartsWith(Magic)) throw new InvalidDataException("it does not begin as a pack does");
        if (header[4] != FormatVersion || header[5] != (byte)SealedType.Pack || header[7] != 0) throw new InvalidDataException("its header is not that of a pack of this version");
        var kind = (BlobKind)header[6];
        if (kind is not (BlobKind.Data or BlobKind.Tree)) throw new InvalidDataException("its header names an unknown kind");
        byte[] salt = header[8..].ToArray();
        ReadOnlySpan<byte> sealedFooter = tail[..^TrailerLength];
        Span<byte> footer = scratch[..(sealedFooter.Length - ObjectSeal.TagLength)];
        using (ObjectSeal seal = ObjectSeal.ForPack(keys, (byte)kind, salt))
        {
            if (!seal.TryOpen(SealPosition.Footer, sealedFooter, footer)) throw new InvalidDataException("the seal of its footer does not hold");
        }

        var reader = new ByteReader(footer);
        if (reader.ReadLong() != length) throw new InvalidDataException("its footer was written for another length");
        IReadOnlyList<SegmentContents> segments = PackDescription.ReadSegments(ref reader);
        reader.ExpectEnd();
        long end = HeaderLength;
        foreach (SegmentContents segment in segments) end += segment.SealedLength;
        if (end != length - tail.Length) throw new InvalidDataException("its segments do not fill it");
        return new PackDescription(name, salt, kind, length, segments);
    }
}
