using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Decides by name where pages of a large folder end, so that a new name changes one page. Keyed, so that nobody can choose names that never cut.</summary>
internal sealed class NameHash
{
    // One name in 2048: pages of some 250 KiB with entries of 120 bytes.
    private const int CutBits = 11;

    private readonly ulong[] table = new ulong[256];

    public NameHash(ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[256 * 8];
        HKDF.Expand(HashAlgorithmName.SHA256, key, bytes, "BackupPS v1 name table"u8);
        for (int i = 0; i < 256; i++) table[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(i * 8)..]);
    }

    public bool EndsPage(ReadOnlySpan<byte> name)
    {
        ulong hash = 0;
        foreach (byte b in name) hash = (hash << 1) + table[b];
        return hash >> (64 - CutBits) == 0;
    }
}
