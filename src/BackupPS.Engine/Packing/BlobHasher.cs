using System.Security.Cryptography;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>Computes ids of blobs of one kind, with a key that is set up once: for small files that takes a third of the time. One thread at a time.</summary>
internal sealed class BlobHasher : IDisposable
{
    private readonly HMACSHA256 hash;

    public BlobHasher(KeySet keys, BlobKind kind) => hash = new HMACSHA256(keys.IdKey(kind));

    /// <summary>The same as <see cref="BlobIdentity.ComputeId"/>.</summary>
    public BlobId ComputeId(ReadOnlySpan<byte> content)
    {
        Span<byte> id = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!hash.TryComputeHash(content, id, out _)) throw new CryptographicException("A hash is longer than it can be.");
        return new BlobId(id);
    }

    public void Dispose() => hash.Dispose();
}
