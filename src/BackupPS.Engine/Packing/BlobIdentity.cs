using System.Security.Cryptography;
using BackupPS.Engine.Crypto;

namespace BackupPS.Engine.Packing;

/// <summary>Computes ids of blobs. Here, so that the stratum of keys knows nothing of blobs.</summary>
internal static class BlobIdentity
{
    /// <summary>The id of a blob: HMAC-SHA256 under the key of its kind, truncated to 24 bytes.</summary>
    public static BlobId ComputeId(this KeySet keys, BlobKind kind, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(keys.IdKey(kind), content, hash);
        return new BlobId(hash);
    }

    /// <summary>The key under which ids of blobs of a kind are computed.</summary>
    public static byte[] IdKey(this KeySet keys, BlobKind kind) => kind == BlobKind.Data ? keys.DataId : keys.TreeId;
}
