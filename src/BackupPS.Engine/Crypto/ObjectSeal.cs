using System.Security.Cryptography;
using System.Text;

namespace BackupPS.Engine.Crypto;

/// <summary>
/// Seals and opens the parts of one object with AES-256-GCM. Each object has a random 256-bit salt, and by HKDF-SHA256 a key of its own; the
/// nonce is the part's position, so no nonce repeats under a key and no number of objects wears a key out. Not safe for several threads at once.
/// </summary>
internal sealed class ObjectSeal : IDisposable
{
    public const int SaltLength = 32;
    public const int TagLength = 16;

    private const int NonceLength = 12;
    private static readonly byte[] KeyInfo = "BackupPS v1 object key"u8.ToArray();

    private readonly AesGcm cipher;
    private readonly byte[] associated;

    private ObjectSeal(AesGcm cipher, byte[] associated)
    {
        this.cipher = cipher;
        this.associated = associated;
    }

    /// <summary>For a pack, whose name is not known before its bytes are: the seal binds the salt instead.</summary>
    public static ObjectSeal ForPack(KeySet keys, byte packKind, ReadOnlySpan<byte> salt) => Create(keys, SealedType.Pack, packKind, salt, salt);

    /// <summary>For any other object: the seal binds the name.</summary>
    public static ObjectSeal ForName(KeySet keys, SealedType type, string name, ReadOnlySpan<byte> salt) => Create(keys, type, 0, salt, Encoding.ASCII.GetBytes(name));

    /// <summary>Seals <paramref name="plain"/> into <paramref name="destination"/>, which is <see cref="TagLength"/> bytes longer.</summary>
    public void Seal(SealPosition position, ReadOnlySpan<byte> plain, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        position.Write(nonce);
        nonce.CopyTo(associated.AsSpan(associated.Length - NonceLength));
        cipher.Encrypt(nonce, plain, destination[..plain.Length], destination.Slice(plain.Length, TagLength), associated);
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <returns>Whether it is authentic; if not, <paramref name="destination"/> holds nothing of use.</returns>
    public bool TryOpen(SealPosition position, ReadOnlySpan<byte> sealedBytes, Span<byte> destination)
    {
        if (sealedBytes.Length != destination.Length + TagLength) return false;
        Span<byte> nonce = stackalloc byte[NonceLength];
        position.Write(nonce);
        nonce.CopyTo(associated.AsSpan(associated.Length - NonceLength));
        try
        {
            cipher.Decrypt(nonce, sealedBytes[..destination.Length], sealedBytes[destination.Length..], destination, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => cipher.Dispose();

    private static ObjectSeal Create(KeySet keys, SealedType type, byte kind, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> binding)
    {
        Span<byte> key = stackalloc byte[KeySet.KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.Sealing, key, salt, KeyInfo);
        byte[] associated = new byte[keys.RepositoryId.Length + 2 + binding.Length + NonceLength];
        keys.RepositoryId.CopyTo(associated, 0);
        associated[keys.RepositoryId.Length] = (byte)type;
        associated[keys.RepositoryId.Length + 1] = kind;
        binding.CopyTo(associated.AsSpan(keys.RepositoryId.Length + 2));
        var seal = new ObjectSeal(new AesGcm(key, TagLength), associated);
        CryptographicOperations.ZeroMemory(key);
        return seal;
    }
}
