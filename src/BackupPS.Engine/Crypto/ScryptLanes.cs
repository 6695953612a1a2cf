using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace BackupPS.Engine.Crypto;

/// <summary>
/// scryptROMix of RFC 7914 for up to three lanes at once on one thread. Each step of Salsa20 waits for the one before it, so that one lane
/// leaves most of a core idle: three take a quarter more time than one, and the other cores stay free for the run.
/// </summary>
internal static unsafe class ScryptLanes
{
    /// <summary>Lanes that are mixed at once: the state of more does not fit into the registers.</summary>
    public const int Maximum = 3;

    private const int BlockLength = 64;

    // Besides V: X, Y, and a row of zeros.
    private const int MoreRows = 3;

    /// <summary>Bytes of memory for one lane.</summary>
    public static nuint AreaLength(int logN, int r) => ((nuint)1 << logN) * Row(r) + (MoreRows * Row(r));

    /// <summary>Replaces each lane by its mix.</summary>
    /// <param name="lanes">One to three lanes of 128 * r bytes.</param>
    /// <param name="memory"><see cref="AreaLength"/> bytes for each.</param>
    /// <param name="logN">log2 of N.</param>
    /// <param name="r">Block size, in units of 128 bytes.</param>
    public static void Mix(Span<byte> lanes, byte* memory, int logN, int r)
    {
        int row = (int)Row(r);
        int count = lanes.Length / row;
        nuint area = AreaLength(logN, r);
        for (int i = 0; i < count; i++) Load(lanes.Slice(i * row, row), (uint*)(memory + ((nuint)i * area)));

        // Missing lanes do the work of the last one once more, in its memory and with its results.
        byte* last = memory + ((nuint)(count - 1) * area);
        byte* second = count > 1 ? memory + area : last;
        nuint rows = (nuint)1 << logN;
        Mix(memory, second, last, rows, r);
        for (int i = 0; i < count; i++) Store((uint*)(memory + ((nuint)i * area) + (rows * Row(r))), lanes.Slice(i * row, row));
    }

    private static nuint Row(int r) => (nuint)(2 * r * BlockLength);

    // Optimized from its first call: a process derives one key, which would otherwise run in code that was compiled in haste.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(byte* lane0, byte* lane1, byte* lane2, nuint rows, int r)
    {
        nuint row = Row(r);
        nuint x = rows * row;
        nuint y = x + row;
        byte* zeros = lane0 + y + row;
        Unsafe.InitBlock(zeros, 0, (uint)row);

        // V[i + 1] = BlockMix(V[i]); the row after the last of V is X.
        for (nuint at = 0; at < x; at += row)
        {
            BlockMix(lane0 + at, zeros, lane0 + at + row, lane1 + at, zeros, lane1 + at + row, lane2 + at, zeros, lane2 + at + row, r);
        }

        // X = BlockMix(X xor V[Integerify(X)]), to and fro between X and Y; rows are even in number.
        nuint integer = row - BlockLength;
        nuint mask = rows - 1;
        for (nuint i = 0; i < rows; i += 2)
        {
            BlockMix(
                lane0 + x, lane0 + ((*(uint*)(lane0 + x + integer) & mask) * row), lane0 + y,
                lane1 + x, lane1 + ((*(uint*)(lane1 + x + integer) & mask) * row), lane1 + y,
                lane2 + x, lane2 + ((*(uint*)(lane2 + x + integer) & mask) * row), lane2 + y, r);
            BlockMix(
                lane0 + y, lane0 + ((*(uint*)(lane0 + y + integer) & mask) * row), lane0 + x,
                lane1 + y, lane1 + ((*(uint*)(lane1 + y + integer) & mask) * row), lane1 + x,
                lane2 + y, lane2 + ((*(uint*)(lane2 + y + integer) & mask) * row), lane2 + x, r);
        }
    }

    // scryptBlockMix of (from xor with), for each of three lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockMix(byte* from0, byte* with0, byte* to0, byte* from1, byte* with1, byte* to1, byte* from2, byte* with2, byte* to2, int r)
    {
        int last = ((2 * r) - 1) * BlockLength;
        Xor(from0 + last, with0 + last, default, default, default, default, out Vector128<uint> a0, out Vector128<uint> b0, out Vector128<uint> c0, out Vector128<uint> d0);
        Xor(from1 + last, with1 + last, default, default, default, default, out Vector128<uint> a1, out Vector128<uint> b1, out Vector128<uint> c1, out Vector128<uint> d1);
        Xor(from2 + last, with2 + last, default, default, default, default, out Vector128<uint> a2, out Vector128<uint> b2, out Vector128<uint> c2, out Vector128<uint> d2);
        for (int block = 0; block < 2 * r; block++)
        {
            int at = block * BlockLength;
            Xor(from0 + at, with0 + at, a0, b0, c0, d0, out Vector128<uint> e0, out Vector128<uint> f0, out Vector128<uint> g0, out Vector128<uint> h0);
            Xor(from1 + at, with1 + at, a1, b1, c1, d1, out Vector128<uint> e1, out Vector128<uint> f1, out Vector128<uint> g1, out Vector128<uint> h1);
            Xor(from2 + at, with2 + at, a2, b2, c2, d2, out Vector128<uint> e2, out Vector128<uint> f2, out Vector128<uint> g2, out Vector128<uint> h2);
            (a0, b0, c0, d0, a1, b1, c1, d1, a2, b2, c2, d2) = (e0, f0, g0, h0, e1, f1, g1, h1, e2, f2, g2, h2);
            for (int round = 0; round < 8; round += 2)
            {
                DoubleRound(ref a0, ref b0, ref c0, ref d0);
                DoubleRound(ref a1, ref b1, ref c1, ref d1);
                DoubleRound(ref a2, ref b2, ref c2, ref d2);
            }

            // Blocks with even numbers first, those with odd ones after them.
            int to = ((block >> 1) + ((block & 1) * r)) * BlockLength;
            Store(ref a0, ref b0, ref c0, ref d0, e0, f0, g0, h0, to0 + to);
            Store(ref a1, ref b1, ref c1, ref d1, e1, f1, g1, h1, to1 + to);
            Store(ref a2, ref b2, ref c2, ref d2, e2, f2, g2, h2, to2 + to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(byte* from, byte* with, Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, out Vector128<uint> e, out Vector128<uint> f, out Vector128<uint> g, out Vector128<uint> h)
    {
        e = a ^ Vector128.Load((uint*)from) ^ Vector128.Load((uint*)with);
        f = b ^ Vector128.Load((uint*)from + 4) ^ Vector128.Load((uint*)with + 4);
        g = c ^ Vector128.Load((uint*)from + 8) ^ Vector128.Load((uint*)with + 8);
        h = d ^ Vector128.Load((uint*)from + 12) ^ Vector128.Load((uint*)with + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, Vector128<uint> e, Vector128<uint> f, Vector128<uint> g, Vector128<uint> h, byte* to)
    {
        a += e;
        b += f;
        c += g;
        d += h;
        a.Store((uint*)to);
        b.Store((uint*)to + 4);
        c.Store((uint*)to + 8);
        d.Store((uint*)to + 12);
    }

    // A column round and a row round of Salsa20 (RFC 7914, section 3) on diagonals: a is x0 x5 x10 x15, b is x4 x9 x14 x3, c is x8 x13 x2 x7,
    // d is x12 x1 x6 x11.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DoubleRound(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
        b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
        d ^= Rotate(a + b, 7);
        c ^= Rotate(d + a, 9);
        b ^= Rotate(c + d, 13);
        a ^= Rotate(b + c, 18);
        b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> words, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateLeft(words, bits) : (words << bits) | (words >>> (32 - bits));

    // The place i of the diagonals' order holds word 5i mod 16 of its block.
    private static void Load(ReadOnlySpan<byte> bytes, uint* words)
    {
        for (int i = 0; i < bytes.Length / sizeof(uint); i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[Diagonal(i)..]);
    }

    private static void Store(uint* words, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length / sizeof(uint); i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[Diagonal(i)..], words[i]);
    }

    private static int Diagonal(int place) => ((place & ~15) + (place * 5 % 16)) * sizeof(uint);
}
