using System.Security.Cryptography;

namespace BackupPS.Engine.Crypto;

/// <summary>The keys of a repository: one each for sealing, for ids of data, for ids of trees and for the chunker, drawn at random and independent of each other.</summary>
internal sealed class KeySet
{
    public const int KeyLength = 32;

    public KeySet(byte[] repositoryId, byte[] sealing, byte[] dataId, byte[] treeId, byte[] chunking)
    {
        RepositoryId = repositoryId;
        Sealing = sealing;
        DataId = dataId;
        TreeId = treeId;
        Chunking = chunking;
    }

    /// <summary>16 bytes; bound into everything that is sealed.</summary>
    public byte[] RepositoryId { get; }

    /// <summary>Every sealed object's own key is derived from this one and its salt.</summary>
    public byte[] Sealing { get; }

    /// <summary>Seeds the chunker's table, so that the sizes of chunks tell nothing about known files.</summary>
    public byte[] Chunking { get; }

    /// <summary>Ids of blobs of data are computed under this key.</summary>
    public byte[] DataId { get; }

    /// <summary>Ids of blobs of trees are computed under this key.</summary>
    public byte[] TreeId { get; }

    /// <summary>Fills the salt of an object that is sealed. It must never give the same twice: only simulations, which are replayed from a seed, have another one.</summary>
    public Action<byte[]> DrawSalt { get; init; } = static salt => RandomNumberGenerator.Fill(salt);

    public static KeySet Create(byte[] repositoryId) => new(
        repositoryId,
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength),
        RandomNumberGenerator.GetBytes(KeyLength));
}
