using System.Security.Cryptography;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Crypto;

/// <summary>The keys of a repository: one each for sealing, for ids of data, for ids of trees and for the chunker, drawn at random and independent of each other.</summary>
internal sealed class KeySet
{
    public const int KeyLength = 32;

    private readonly byte[] dataId;
    private readonly byte[] treeId;

    public KeySet(byte[] repositoryId, byte[] sealing, byte[] dataId, byte[] treeId, byte[] chunking)
    {
        RepositoryId = repositoryId;
        Sealing = sealing;
        this.dataId = dataId;
        this.treeId = treeId;
        Chunking = chunking;
    }

    /// <summary>16 bytes; bound into everything that is sealed.</summary>
    public byte[] RepositoryId { get; }

    /// <summary>Every sealed object's own key is derived from this one and its salt.</summary>
    public byte[] Sealing { get; }

    /// <summary>Seeds the chunker's table, so that the sizes of chunks tell nothing about known files.</summary>
    public byte[] Chunking { get; }

    internal byte[] DataIdKey => dataId;

    internal byte[] TreeIdKey => treeId;

    public static KeySet Create(byte[] repositoryId) => new(
        repositoryId,
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength));

    /// <summary>The id of a blob: HMAC-SHA256 under the key of its kind, truncated to 24 bytes.</summary>
    public BlobId ComputeId(BlobKind kind, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(kind == BlobKind.Data ? dataId : treeId, content, hash);
        return new BlobId(hash);
    }
}
