using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BackupPS.Engine.Chunking;

/// <summary>
/// FastCDC (Xia et al., USENIX ATC 2016): a gear hash with normalized cuts, two bits harder before the average and two bits easier after it.
/// The table is drawn from the repository's chunker key, so that the sizes of chunks do not betray known content.
/// </summary>
internal sealed class FastCdcChunker : IChunker
{
    private const int Normalization = 2;

    private readonly ulong[] gear = new ulong[256];
    private readonly int average;
    private readonly ulong strictMask;
    private readonly ulong looseMask;

    /// <param name="key">32 bytes.</param>
    /// <param name="minimum">Bytes before the first possible cut.</param>
    /// <param name="average">A power of two.</param>
    /// <param name="maximum">Bytes at which a cut is forced.</param>
    public FastCdcChunker(ReadOnlySpan<byte> key, int minimum, int average, int maximum)
    {
        this.average = average;
        MinimumLength = minimum;
        MaximumLength = maximum;
        int bits = int.Log2(average);
        strictMask = TopBits(bits + Normalization);
        looseMask = TopBits(bits - Normalization);
        Span<byte> table = stackalloc byte[256 * 8];
        HKDF.Expand(HashAlgorithmName.SHA256, key, table, "BackupPS v1 gear table"u8);
        for (int i = 0; i < 256; i++) gear[i] = BinaryPrimitives.ReadUInt64LittleEndian(table[(i * 8)..]);
    }

    public int MinimumLength { get; }

    public int MaximumLength { get; }

    public int FindCut(ReadOnlySpan<byte> content)
    {
        int end = Math.Min(content.Length, MaximumLength);
        if (end <= MinimumLength) return end;

        // The top bits hold sums over the last 64 bytes; begin that much before the minimum, so that a cut there depends on a whole window.
        ulong hash = 0;
        int position = Math.Max(0, MinimumLength - 64);
        for (; position < MinimumLength; position++) hash = (hash << 1) + gear[content[position]];

        int middle = Math.Min(end, average);
        for (; position < middle; position++)
        {
            hash = (hash << 1) + gear[content[position]];
            if ((hash & strictMask) == 0) return position + 1;
        }

        for (; position < end; position++)
        {
            hash = (hash << 1) + gear[content[position]];
            if ((hash & looseMask) == 0) return position + 1;
        }

        return end;
    }

    private static ulong TopBits(int count) => ~0UL << (64 - count);
}
