using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>A copy of a blob in the index. In a file it has <see cref="Length"/> bytes: id 24, pack 4, segment 2, offset 4, length 4 (DESIGN section 5).</summary>
internal readonly struct IndexEntry(BlobId id, int pack, ushort segment, int offset, int blobLength)
{
    /// <summary>Bytes in a file.</summary>
    public const int Length = BlobId.Length + 14;

    public readonly BlobId Id = id;
    public readonly int Pack = pack;
    public readonly int Offset = offset;
    public readonly int BlobLength = blobLength;
    public readonly ushort Segment = segment;

    public BlobLocation Location => new(Pack, Segment, Offset, BlobLength);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static IndexEntry Read(ReadOnlySpan<byte> from)
    {
        ReadOnlySpan<byte> fixedLength = from[..Length];
        return new IndexEntry(
            new BlobId(fixedLength),
            BinaryPrimitives.ReadInt32LittleEndian(fixedLength[24..]),
            BinaryPrimitives.ReadUInt16LittleEndian(fixedLength[28..]),
            BinaryPrimitives.ReadInt32LittleEndian(fixedLength[30..]),
            BinaryPrimitives.ReadInt32LittleEndian(fixedLength[34..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Span<byte> to)
    {
        Span<byte> fixedLength = to[..Length];
        Id.CopyTo(fixedLength);
        BinaryPrimitives.WriteInt32LittleEndian(fixedLength[24..], Pack);
        BinaryPrimitives.WriteUInt16LittleEndian(fixedLength[28..], Segment);
        BinaryPrimitives.WriteInt32LittleEndian(fixedLength[30..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(fixedLength[34..], BlobLength);
    }

    /// <summary>The same copy, its pack numbered anew.</summary>
    public IndexEntry InPack(int number) => new(Id, number, Segment, Offset, BlobLength);
}
