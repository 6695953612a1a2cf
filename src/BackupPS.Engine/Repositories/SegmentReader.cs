using System.Buffers;
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

    /// <summary>Reads a segment and decompresses it into <paramref name="raw"/>, which has its length.</summary>
    /// <exception cref="BackupException">It cannot be had (<see cref="BackupException.IsUnavailable"/>); the pack is the target.</exception>
    public async ValueTask ReadAsync(IndexedPack pack, int segmentNumber, Memory<byte> raw, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack.Name);
        IndexedSegment segment = pack.Segments[segmentNumber];
        byte[] sealedBytes = ArrayPool<byte>.Shared.Rent(segment.SealedLength);
        try
        {
            Memory<byte> exact = sealedBytes.AsMemory(0, segment.SealedLength);
            int read = await repository.Store.ReadAsync(name, segment.Offset, exact, cancellationToken);
            if (read < 0) throw new BackupException(BackupError.ObjectMissing, $"The pack '{name}' is missing.", name);
            if (read < exact.Length) throw Damaged(name, segmentNumber, "the pack ends before it");
            using ObjectSeal seal = ObjectSeal.ForPack(repository.Keys, (byte)pack.Kind, pack.Salt);
            Open(name, seal, segmentNumber, exact.Span, raw.Span, segment.Codec);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sealedBytes);
        }
    }

    /// <summary>Opens and decompresses the bytes of a segment into exactly <paramref name="raw"/>.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.ObjectDamaged"/>, with the pack as target.</exception>
    public void Open(string packName, ObjectSeal seal, int segmentNumber, ReadOnlySpan<byte> sealedBytes, Span<byte> raw, CodecId codecId)
    {
        int storedLength = sealedBytes.Length - ObjectSeal.TagLength;
        if (codecId == CodecId.None)
        {
            if (storedLength != raw.Length) throw Damaged(packName, segmentNumber, "it has another length than the index says");
            if (!seal.TryOpen(SealPosition.Segment(segmentNumber), sealedBytes, raw)) throw Damaged(packName, segmentNumber, "its seal does not hold");
            return;
        }

        byte[] stored = ArrayPool<byte>.Shared.Rent(storedLength);
        try
        {
            if (!seal.TryOpen(SealPosition.Segment(segmentNumber), sealedBytes, stored.AsSpan(0, storedLength))) throw Damaged(packName, segmentNumber, "its seal does not hold");
            ConcurrentBag<ICodec> bag = idle.GetOrAdd(codecId, static _ => []);
            if (!bag.TryTake(out ICodec? codec)) codec = SegmentCompressor.CreateCodec(codecId)!;
            bool whole = codec.TryDecompress(stored.AsSpan(0, storedLength), raw);
            bag.Add(codec);
            if (!whole) throw Damaged(packName, segmentNumber, "it does not decompress");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
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
