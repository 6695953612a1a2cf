using System.Buffers.Binary;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>A pack and its segments in the tables of the index; see <see cref="RunHeader.PackLength"/> for the fields.</summary>
internal static class PackRecord
{
    public const int NameLength = 32;
    private const int SaltOffset = 32, LengthOffset = 64, FirstSegmentOffset = 68, SegmentsOffset = 72, KindOffset = 76;

    public static int FirstSegment(ReadOnlySpan<byte> pack) => BinaryPrimitives.ReadInt32LittleEndian(pack[FirstSegmentOffset..]);

    public static int Segments(ReadOnlySpan<byte> pack) => BinaryPrimitives.ReadInt32LittleEndian(pack[SegmentsOffset..]);

    public static int Length(ReadOnlySpan<byte> pack) => BinaryPrimitives.ReadInt32LittleEndian(pack[LengthOffset..]);

    public static void SetFirstSegment(Span<byte> pack, int number) => BinaryPrimitives.WriteInt32LittleEndian(pack[FirstSegmentOffset..], number);

    public static void Write(Span<byte> pack, ReadOnlySpan<byte> nameAndSalt, BlobKind kind, int length, int firstSegment, int segments)
    {
        pack[..RunHeader.PackLength].Clear();
        nameAndSalt.CopyTo(pack);
        BinaryPrimitives.WriteInt32LittleEndian(pack[LengthOffset..], length);
        BinaryPrimitives.WriteInt32LittleEndian(pack[FirstSegmentOffset..], firstSegment);
        BinaryPrimitives.WriteInt32LittleEndian(pack[SegmentsOffset..], segments);
        pack[KindOffset] = (byte)kind;
    }

    public static void WriteSegment(Span<byte> segment, int offset, int sealedLength, int rawLength, CodecId codec)
    {
        BinaryPrimitives.WriteInt32LittleEndian(segment, offset);
        BinaryPrimitives.WriteInt32LittleEndian(segment[4..], sealedLength);
        BinaryPrimitives.WriteInt32LittleEndian(segment[8..], rawLength);
        BinaryPrimitives.WriteInt32LittleEndian(segment[12..], (byte)codec);
    }

    /// <summary>The pack, out of the tables.</summary>
    public static IndexedPack Read(ReadOnlySpan<byte> pack, ReadOnlySpan<byte> segments)
    {
        var read = new IndexedSegment[segments.Length / RunHeader.SegmentLength];
        for (int s = 0; s < read.Length; s++)
        {
            ReadOnlySpan<byte> segment = segments.Slice(s * RunHeader.SegmentLength, RunHeader.SegmentLength);
            read[s] = new IndexedSegment(
                BinaryPrimitives.ReadInt32LittleEndian(segment),
                BinaryPrimitives.ReadInt32LittleEndian(segment[4..]),
                BinaryPrimitives.ReadInt32LittleEndian(segment[8..]),
                (CodecId)segment[12]);
        }

        return new IndexedPack
        {
            Name = Convert.ToHexStringLower(pack[..NameLength]),
            Salt = pack.Slice(SaltOffset, LengthOffset - SaltOffset).ToArray(),
            Kind = (BlobKind)pack[KindOffset],
            Length = Length(pack),
            Segments = read,
        };
    }
}
