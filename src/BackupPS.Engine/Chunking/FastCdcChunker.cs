using System.Buffers.Binary;
using System.Runtime.CompilerServices;
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

        int middle = Math.Max(MinimumLength, Math.Min(end, average));
        ulong hash = 0;
        // The top bits hold sums over the last 64 bytes; begin that much before the minimum, so that a cut there depends on a whole window.
        for (int position = Math.Max(0, MinimumLength - 64); position < MinimumLength; position++) hash = (hash << 1) + gear[content[position]];
        int cut = Scan(content[..middle], MinimumLength, strictMask, ref hash);
        if (cut == 0) cut = Scan(content[..end], middle, looseMask, ref hash);
        return cut == 0 ? end : cut;
    }

    // The bytes from a position to the end of the content, up to the first cut; 0: there is none. It sees every byte of every large file: compiled
    // well from the start, since a short run ends before the runtime would come to it, and without checks of bounds it takes half the time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe int Scan(ReadOnlySpan<byte> content, int position, ulong mask, ref ulong hash)
    {
        ulong h = hash;
        fixed (byte* start = content)
        fixed (ulong* table = gear)
        {
            byte* at = start + position, end = start + content.Length;
            for (byte* last = end - 4; at <= last; at += 4)
            {
                h = (h << 1) + table[at[0]];
                if ((h & mask) == 0) return (int)(at - start) + 1;
                h = (h << 1) + table[at[1]];
                if ((h & mask) == 0) return (int)(at - start) + 2;
                h = (h << 1) + table[at[2]];
                if ((h & mask) == 0) return (int)(at - start) + 3;
                h = (h << 1) + table[at[3]];
                if ((h & mask) == 0) return (int)(at - start) + 4;
            }

            for (; at < end; at++)
            {
                h = (h << 1) + table[*at];
                if ((h & mask) == 0) return (int)(at - start) + 1;
            }
        }

        hash = h;
        return 0;
    }

    private static ulong TopBits(int count) => ~0UL << (64 - count);
}
