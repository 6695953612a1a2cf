using System.Security.Cryptography;

namespace BackupPS.Engine.Crypto;

/// <summary>An object below <c>keys/</c>: the key set, wrapped under one secret. FORMAT.md, "Key objects".</summary>
internal static class KeyObject
{
    // DESIGN section 5: 32 MiB of memory a lane and some 0.1 s for each guess.
    private const int ScryptLogN = 15, ScryptR = 8, ScryptP = 3;

    // Bounds on what a foreign key object may ask of this host, checked before anything is computed: 1 GiB and 16 lanes.
    private const int MaximumLogN = 20, MaximumR = 8, MaximumP = 16;

    private const byte FormatVersion = 1, Passphrase = 1, KeyFile = 2;
    private const int SaltOffset = 12, PayloadOffset = SaltOffset + ObjectSeal.SaltLength;
    private const int PayloadLength = 32 + (4 * KeySet.KeyLength);

    /// <summary>A longer object is none of ours; other ways of wrapping may need more than <see cref="Length"/>.</summary>
    public const int MaximumLength = 64 * 1024;

    /// <summary>Length in bytes of every key object that this version writes.</summary>
    public const int Length = PayloadOffset + PayloadLength + ObjectSeal.TagLength + SHA256.HashSizeInBytes;

    private static readonly byte[] WrapInfo = "BackupPS v1 key wrap"u8.ToArray();

    private static ReadOnlySpan<byte> Magic => "BPSK"u8;

    /// <summary>Wraps a key set; the payload also authenticates repository.json.</summary>
    public static byte[] Wrap(KeySet keys, RepositorySecret secret, ReadOnlySpan<byte> repositoryJson)
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        bytes[4] = FormatVersion;
        bytes[5] = secret.IsKeyFile ? KeyFile : Passphrase;
        if (!secret.IsKeyFile)
        {
            bytes[6] = ScryptLogN;
            bytes[7] = ScryptR;
            bytes[8] = ScryptP;
        }

        RandomNumberGenerator.Fill(bytes.AsSpan(SaltOffset, ObjectSeal.SaltLength));
        byte[] payload = new byte[PayloadLength];
        SHA256.HashData(repositoryJson, payload);
        keys.Sealing.CopyTo(payload, 32);
        keys.DataId.CopyTo(payload, 64);
        keys.TreeId.CopyTo(payload, 96);
        keys.Chunking.CopyTo(payload, 128);

        byte[] wrapping = DeriveKey(bytes, secret);
        using (var cipher = new AesGcm(wrapping, ObjectSeal.TagLength))
        {
            Span<byte> cipherText = bytes.AsSpan(PayloadOffset, PayloadLength);
            cipher.Encrypt(new byte[12], payload, cipherText, bytes.AsSpan(PayloadOffset + PayloadLength, ObjectSeal.TagLength), Associated(bytes, keys.RepositoryId));
        }

        CryptographicOperations.ZeroMemory(payload);
        CryptographicOperations.ZeroMemory(wrapping);
        SHA256.HashData(bytes.AsSpan(0, Length - SHA256.HashSizeInBytes), bytes.AsSpan(Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    /// <summary>Whether the object is what was once written: its checksum needs no key.</summary>
    /// <exception cref="BackupException">It is not (<see cref="BackupError.KeyDamaged"/>), or it is wrapped in a way that this version does not know (<see cref="BackupError.UnsupportedFormat"/>).</exception>
    public static void Check(string name, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PayloadOffset + SHA256.HashSizeInBytes) throw Damaged(name, $"it has only {bytes.Length} bytes");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..^SHA256.HashSizeInBytes], hash);
        if (!hash.SequenceEqual(bytes[^SHA256.HashSizeInBytes..])) throw Damaged(name, "its checksum does not match");
        if (!bytes.StartsWith(Magic) || bytes[4] != FormatVersion) throw Unsupported(name, "has a form that this version does not know");
        if (bytes[5] is not (Passphrase or KeyFile)) throw Unsupported(name, $"uses key derivation {bytes[5]}, which this version does not know");
        if (bytes.Length != Length) throw Unsupported(name, $"has {bytes.Length} bytes, where this version knows {Length}");

        // With r = 1, RFC 7914 allows N below 2^16 only.
        if (bytes[5] == Passphrase && (bytes[6] is 0 or > MaximumLogN || bytes[7] is 0 or > MaximumR || bytes[8] is 0 or > MaximumP || (bytes[7] == 1 && bytes[6] >= 16)))
        {
            throw Unsupported(name, $"asks for a key derivation of a cost that this version refuses (log N {bytes[6]}, r {bytes[7]}, p {bytes[8]})");
        }
    }

    /// <summary>Tries to unwrap a key object that <see cref="Check"/> has passed.</summary>
    /// <returns>The key set and the SHA-256 of repository.json as it was written, or <see langword="null"/> when the secret is not the one of this object.</returns>
    public static (KeySet Keys, byte[] RepositoryJsonHash)? TryUnwrap(ReadOnlySpan<byte> bytes, byte[] repositoryId, RepositorySecret secret)
    {
        byte expected = secret.IsKeyFile ? KeyFile : Passphrase;
        if (bytes[5] != expected) return null;
        byte[] wrapping = DeriveKey(bytes, secret);
        byte[] payload = new byte[PayloadLength];
        try
        {
            using var cipher = new AesGcm(wrapping, ObjectSeal.TagLength);
            cipher.Decrypt(new byte[12], bytes.Slice(PayloadOffset, PayloadLength), bytes.Slice(PayloadOffset + PayloadLength, ObjectSeal.TagLength), payload, Associated(bytes, repositoryId));
            return (new KeySet(repositoryId, payload[32..64], payload[64..96], payload[96..128], payload[128..160]), payload[..32]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(wrapping);
            CryptographicOperations.ZeroMemory(payload);
        }
    }

    private static byte[] DeriveKey(ReadOnlySpan<byte> bytes, RepositorySecret secret)
    {
        ReadOnlySpan<byte> salt = bytes.Slice(SaltOffset, ObjectSeal.SaltLength);
        byte[] key = new byte[KeySet.KeyLength];
        if (bytes[5] == KeyFile) HKDF.DeriveKey(HashAlgorithmName.SHA256, secret.Bytes, key, salt, WrapInfo);
        else Scrypt.DeriveKey(secret.Bytes, salt, bytes[6], bytes[7], bytes[8], key);
        return key;
    }

    // Everything before the payload, and the repository that the key belongs to.
    private static byte[] Associated(ReadOnlySpan<byte> bytes, byte[] repositoryId) => [.. bytes[..PayloadOffset], .. repositoryId];

    private static BackupException Unsupported(string name, string how) => new(BackupError.UnsupportedFormat, $"The key object '{name}' {how}.", name);

    private static BackupException Damaged(string name, string how) => new(BackupError.KeyDamaged, $"The key object '{name}' is damaged: {how}. This says nothing about the passphrase.", name);
}
