using System.Collections.Concurrent;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>Reads, opens and decompresses segments. Safe for any number of threads.</summary>
internal sealed class SegmentReader(Repository repository) : IDisposable
{
    private readonly ConcurrentDictionary<CodecId, ConcurrentBag<ICodec>> idle = new();

    /// <summary>A segment, decompressed.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.ObjectMissing"/> or <see cref="BackupError.ObjectDamaged"/>, with the pack as target.</exception>
    public async Task<byte[]> ReadAsync(IndexedPack pack, int segmentNumber, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack.Name);
        IndexedSegment segment = pack.Segments[segmentNumber];
        byte[] sealedBytes = GC.AllocateUninitializedArray<byte>(segment.SealedLength);
        int read = await repository.Store.ReadAsync(name, segment.Offset, sealedBytes, cancellationToken);
        if (read < 0) throw new BackupException(BackupError.ObjectMissing, $"The pack '{name}' is missing.", name);
        if (read < sealedBytes.Length) throw Damaged(name, segmentNumber, "the pack ends before it");
        using ObjectSeal seal = ObjectSeal.ForPack(repository.Keys, (byte)pack.Kind, pack.Salt);
        return Open(name, seal, segmentNumber, sealedBytes, segment.RawLength, segment.Codec);
    }

    /// <summary>Opens and decompresses the bytes of a segment.</summary>
    public byte[] Open(string packName, ObjectSeal seal, int segmentNumber, ReadOnlySpan<byte> sealedBytes, int rawLength, CodecId codecId)
    {
        byte[] stored = GC.AllocateUninitializedArray<byte>(sealedBytes.Length - ObjectSeal.TagLength);
        if (!seal.TryOpen(SealPosition.Segment(segmentNumber), sealedBytes, stored)) throw Damaged(packName, segmentNumber, "its seal does not hold");
        if (codecId == CodecId.None)
        {
            return stored.Length == rawLength ? stored : throw Damaged(packName, segmentNumber, "it has another length than the index says");
        }

        byte[] raw = GC.AllocateUninitializedArray<byte>(rawLength);
        ConcurrentBag<ICodec> bag = idle.GetOrAdd(codecId, static _ => []);
        if (!bag.TryTake(out ICodec? codec)) codec = SegmentCompressor.CreateCodec(codecId)!;
        bool whole = codec.TryDecompress(stored, raw);
        bag.Add(codec);
        return whole ? raw : throw Damaged(packName, segmentNumber, "it does not decompress");
    }

    public void Dispose()
    {
        foreach (ConcurrentBag<ICodec> bag in idle.Values)
        {
            while (bag.TryTake(out ICodec? codec)) codec.Dispose();
        }
    }

    private static BackupException Damaged(string name, int segment, string how) =>
        new(BackupError.ObjectDamaged, $"Segment {segment} of the pack '{name}' is damaged: {how}.", name);
}
