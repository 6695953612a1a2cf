using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>
/// A Bloom filter of 512-bit lines. An id's line follows from its first bits, so that a table in the order of ids writes its filter front to
/// back; its six bits in the line follow from bits that have no part in that.
/// </summary>
internal static class FilterLine
{
    private const int BitsPerId = 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long LineOf(BlobId id, long lines) => (long)Math.BigMul(id.High, (ulong)lines, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Span<ulong> line, BlobId id)
    {
        ulong bits = id.Middle;
        for (int i = 0; i < BitsPerId; i++)
        {
            line[(int)(bits >> 6) & 7] |= 1UL << (int)(bits & 63);
            bits >>= 9;
        }
    }

    /// <summary>Whether the id may be there; <see langword="false"/> is certain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MayContain(ReadOnlySpan<byte> line, BlobId id)
    {
        ulong bits = id.Middle;
        for (int i = 0; i < BitsPerId; i++)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(line[(((int)(bits >> 6) & 7) * 8)..]);
            if ((word >> (int)(bits & 63) & 1) == 0) return false;
            bits >>= 9;
        }

        return true;
    }
}
