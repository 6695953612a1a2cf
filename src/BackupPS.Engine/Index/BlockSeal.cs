using System.Buffers.Binary;
using System.Security.Cryptography;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Index;

/// <summary>
/// Authenticates the blocks of a cached run: AES-256-GCM over nothing, with the block as associated data and its number as nonce, under a
/// key of the file's own. Not safe for several threads at once.
/// </summary>
internal sealed class BlockSeal : IDisposable
{
    /// <summary>What one tag covers: a lookup in a large table then checks 16 KiB, some 5 microseconds, and the tags are a thousandth of the file.</summary>
    public const int BlockLength = 1 << BlockShift;

    public const int BlockShift = 14;

    public const int TagLength = 16;
    public const int SaltLength = 32;

    private static readonly byte[] KeyInfo = "BackupPS index cache v1"u8.ToArray();

    private readonly AesGcm cipher;

    /// <param name="keys">The repository's keys: nobody without them can make a block that is believed, and no file is taken for another repository's.</param>
    /// <param name="salt">The file's salt, random.</param>
    public BlockSeal(KeySet keys, ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[KeySet.KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.Sealing, key, salt, KeyInfo);
        cipher = new AesGcm(key, TagLength);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>The tag of a block.</summary>
    public void Compute(long block, ReadOnlySpan<byte> content, Span<byte> tag)
    {
        Span<byte> nonce = stackalloc byte[12];
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, block);
        cipher.Encrypt(nonce, default, default, tag[..TagLength], content);
    }

    public bool IsAuthentic(long block, ReadOnlySpan<byte> content, ReadOnlySpan<byte> tag)
    {
        Span<byte> computed = stackalloc byte[TagLength];
        Compute(block, content, computed);
        return CryptographicOperations.FixedTimeEquals(computed, tag);
    }

    public void Dispose() => cipher.Dispose();
}
