using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// Writes what is needed of packs into new ones. A segment of which everything is needed is sealed anew as it is, without being compressed again; of others,
/// the blobs that are needed are joined into new segments.
/// </summary>
internal sealed class PackRewriter : IPackSink, IDisposable
{
    // As a backup does: so much is lost at most when it is interrupted.
    private const int PacksPerIndex = 8;

    private readonly Repository repository;
    private readonly IdSource ids;
    private readonly PackUse use;
    private readonly SegmentReader segments;
    private readonly SlabPool slabs = new(long.MaxValue, static () => { });
    private readonly Dictionary<BlobKind, PackAssembler> packs = [];
    private readonly Dictionary<BlobKind, SegmentWriter> writers = [];
    private readonly Queue<PackBuilder> full = new();
    private readonly List<PackDescription> unindexed = [];
    private readonly ByteWriter scratch = new();

    public PackRewriter(Repository repository, IdSource ids, PackUse use)
    {
        this.repository = repository;
        this.ids = ids;
        this.use = use;
        segments = new SegmentReader(repository);
        foreach ((BlobKind kind, int segmentLength) in ((BlobKind, int)[])[(BlobKind.Data, SegmentWriter.DataLength), (BlobKind.Tree, SegmentWriter.TreeLength)])
        {
            packs[kind] = new PackAssembler(repository.Keys, kind, slabs, this, repository.PackLength);
            writers[kind] = new SegmentWriter(packs[kind], repository.Config.Codec, Math.Min(segmentLength, repository.PackLength));
        }
    }

    /// <summary>Packs put.</summary>
    public int PackCount { get; private set; }

    /// <summary>Bytes of packs and index objects put.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Takes a full pack, which is stored before more is added.</summary>
    public void Accept(PackBuilder pack) => full.Enqueue(pack);

    /// <summary>Copies what is needed of a pack.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="number">Its number in the index.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">It cannot be read (<see cref="BackupError.ObjectMissing"/>, <see cref="BackupError.ObjectDamaged"/>): it must stay. What was copied before is a second copy, no more.</exception>
    public async Task CopyAsync(IndexedPack pack, int number, CancellationToken cancellationToken)
    {
        PackDescription contents = await ReadContentsAsync(pack, cancellationToken);
        using ObjectSeal seal = ObjectSeal.ForPack(repository.Keys, (byte)pack.Kind, pack.Salt);
        for (int s = 0; s < contents.Segments.Count; s++)
        {
            SegmentContents segment = contents.Segments[s];
            bool[] needed = new bool[segment.Blobs.Count];
            int count = 0, offset = 0;
            for (int b = 0; b < needed.Length; b++)
            {
                needed[b] = use.IsNeeded(segment.Blobs[b].Id, new BlobLocation(number, s, offset, segment.Blobs[b].Length));
                if (needed[b]) count++;
                offset += segment.Blobs[b].Length;
            }

            if (count == 0) continue;
            if (count == needed.Length) await MoveAsync(pack, seal, s, segment, cancellationToken);
            else await PickAsync(pack, s, segment, needed, cancellationToken);
            while (full.TryDequeue(out PackBuilder? done)) await StoreAsync(done, cancellationToken);
        }
    }

    /// <summary>Stores what is left, and the index of it.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach ((BlobKind kind, SegmentWriter writer) in writers)
        {
            writer.Flush();
            if (packs[kind].Detach() is { } last) full.Enqueue(last);
        }

        while (full.TryDequeue(out PackBuilder? done)) await StoreAsync(done, cancellationToken);
        await PutIndexAsync(cancellationToken);
    }

    public void Dispose()
    {
        while (full.TryDequeue(out PackBuilder? left)) left.Dispose();
        foreach (SegmentWriter writer in writers.Values) writer.Dispose();
        foreach (PackAssembler assembler in packs.Values) assembler.Dispose();
        segments.Dispose();
        slabs.Dispose();
    }

    // The footer, and not the index, which may have been told so by another object: what is copied is what the pack itself says.
    private async Task<PackDescription> ReadContentsAsync(IndexedPack pack, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack.Name);
        int length = checked((int)pack.Length);
        try
        {
            byte[] header = await ReadAsync(name, 0, PackLayout.HeaderLength, cancellationToken);
            byte[] trailer = await ReadAsync(name, length - PackLayout.TrailerLength, PackLayout.TrailerLength, cancellationToken);
            int tailLength = PackLayout.TailLength(trailer, length);
            byte[] tail = await ReadAsync(name, length - tailLength, tailLength, cancellationToken);
            return PackLayout.ReadTail(repository.Keys, Convert.FromHexString(pack.Name), length, header, tail);
        }
        catch (InvalidDataException e)
        {
            throw new BackupException(BackupError.ObjectDamaged, $"The pack '{name}' is damaged: {e.Message}.", name, e);
        }
    }

    private async Task<byte[]> ReadAsync(string name, long offset, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        int read = await repository.Store.ReadAsync(name, offset, bytes, cancellationToken);
        if (read < 0) throw new BackupException(BackupError.ObjectMissing, $"The pack '{name}' is missing.", name);
        return read == length ? bytes : throw new InvalidDataException("it is cut short");
    }

    private async Task MoveAsync(IndexedPack pack, ObjectSeal seal, int number, SegmentContents segment, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack.Name);
        int length = segment.SealedLength - ObjectSeal.TagLength;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(segment.SealedLength + length);
        try
        {
            Memory<byte> sealedBytes = buffer.AsMemory(0, segment.SealedLength), compressed = buffer.AsMemory(segment.SealedLength, length);
            int read = await repository.Store.ReadAsync(name, pack.Segments[number].Offset, sealedBytes, cancellationToken);
            if (read < segment.SealedLength || !seal.TryOpen(SealPosition.Segment(number), sealedBytes.Span, compressed.Span))
            {
                throw new BackupException(BackupError.ObjectDamaged, $"Segment {number} of the pack '{name}' is damaged.", name);
            }

            packs[pack.Kind].Append(compressed.Span, segment.Codec, segment.RawLength, segment.Blobs);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task PickAsync(IndexedPack pack, int number, SegmentContents segment, bool[] needed, CancellationToken cancellationToken)
    {
        byte[] raw = ArrayPool<byte>.Shared.Rent(segment.RawLength);
        try
        {
            await segments.ReadAsync(pack, number, raw.AsMemory(0, segment.RawLength), cancellationToken);
            int offset = 0;
            for (int b = 0; b < needed.Length; b++)
            {
                BlobEntry blob = segment.Blobs[b];
                if (needed[b]) writers[pack.Kind].Add(blob.Id, raw.AsSpan(offset, blob.Length));
                offset += blob.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(raw);
        }
    }

    private async Task StoreAsync(PackBuilder builder, CancellationToken cancellationToken)
    {
        using (builder)
        {
            PackDescription pack = builder.Complete(out ReadOnlySequence<byte> content);
            await repository.Store.PutNewAsync(RepositoryLayout.Pack(pack.NameText), content, cancellationToken);
            PackCount++;
            BytesWritten += pack.Length;
            unindexed.Add(pack);
        }

        if (unindexed.Count >= PacksPerIndex) await PutIndexAsync(cancellationToken);
    }

    private async Task PutIndexAsync(CancellationToken cancellationToken)
    {
        if (unindexed.Count == 0) return;
        BytesWritten += await IndexLoader.PutAsync(repository, ids, unindexed, scratch, cancellationToken);
        unindexed.Clear();
    }
}
