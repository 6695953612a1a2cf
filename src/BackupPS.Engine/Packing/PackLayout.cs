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
        if (pack.Length < HeaderLength + TrailerLength + ObjectSeal.TagLength || !pack.StartsWith(Magic)) throw new InvalidDataException("it does not begin as a pack does");
        if (pack[4] != FormatVersion || pack[5] != (byte)SealedType.Pack || pack[7] != 0) throw new InvalidDataException("its header is not that of a pack of this version");
        var kind = (BlobKind)pack[6];
        if (kind is not (BlobKind.Data or BlobKind.Tree)) throw new InvalidDataException("its header names an unknown kind");
        ReadOnlySpan<byte> trailer = pack[^TrailerLength..];
        if (!trailer[4..].SequenceEqual(TrailerMagic)) throw new InvalidDataException("it does not end as a pack does");
        uint footerLength = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        if (footerLength < ObjectSeal.TagLength || footerLength > pack.Length - HeaderLength - TrailerLength) throw new InvalidDataException("its trailer gives an impossible length of the footer");

        byte[] salt = pack.Slice(8, ObjectSeal.SaltLength).ToArray();
        byte[] footer = new byte[footerLength - ObjectSeal.TagLength];
        using (ObjectSeal seal = ObjectSeal.ForPack(keys, (byte)kind, salt))
        {
            if (!seal.TryOpen(SealPosition.Footer, pack[^(TrailerLength + (int)footerLength)..^TrailerLength], footer)) throw new InvalidDataException("the seal of its footer does not hold");
        }

        var reader = new ByteReader(footer);
        if (reader.ReadLong() != pack.Length) throw new InvalidDataException("its footer was written for another length");
        IReadOnlyList<SegmentContents> segments = PackDescription.ReadSegments(ref reader);
        reader.ExpectEnd();
        long end = HeaderLength;
        foreach (SegmentContents segment in segments) end += segment.SealedLength;
        if (end != pack.Length - TrailerLength - footerLength) throw new InvalidDataException("its segments do not fill it");
        return new PackDescription(name, salt, kind, pack.Length, segments);
    }
}
