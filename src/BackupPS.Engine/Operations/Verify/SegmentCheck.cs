using System.Numerics;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Opens segments, decompresses them, and proves each blob by its id. Each worker has one: its buffers and contexts serve for every segment.</summary>
internal sealed class SegmentCheck(Repository repository, SegmentReader segments, DamageLog log) : IDisposable
{
    private readonly BlobHasher dataIds = new(repository.Keys, BlobKind.Data);
    private readonly BlobHasher treeIds = new(repository.Keys, BlobKind.Tree);
    private byte[] raw = [];
    private ObjectSeal? seal;
    private PackDescription? sealedPack;

    /// <summary>Checks the segments of a batch; what is damaged goes to the log.</summary>
    public void Check(SegmentBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Description is not { } pack) return;
        if (!ReferenceEquals(pack, sealedPack))
        {
            seal?.Dispose();
            seal = ObjectSeal.ForPack(repository.Keys, (byte)pack.Kind, pack.Salt);
            sealedPack = pack;
        }

        BlobHasher ids = pack.Kind == BlobKind.Data ? dataIds : treeIds;
        int offset = 0;
        for (int number = batch.First; number < batch.First + batch.Count; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SegmentContents segment = pack.Segments[number];
            if (raw.Length < segment.RawLength) raw = GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)segment.RawLength));
            try
            {
                segments.Open(batch.Name, seal!, number, batch.Buffer.AsSpan(offset, segment.SealedLength), raw.AsSpan(0, segment.RawLength), segment.Codec);
                CheckBlobs(batch, number, segment, ids);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                log.AddSegment(batch.Pack, number, batch.Name, e.Message);
            }

            offset += segment.SealedLength;
        }
    }

    public void Dispose()
    {
        dataIds.Dispose();
        treeIds.Dispose();
        seal?.Dispose();
    }

    private void CheckBlobs(SegmentBatch batch, int number, SegmentContents segment, BlobHasher ids)
    {
        int position = 0;
        foreach (BlobEntry blob in segment.Blobs)
        {
            if (!ids.ComputeId(raw.AsSpan(position, blob.Length)).Equals(blob.Id))
            {
                log.AddSegment(batch.Pack, number, batch.Name, $"The blob {blob.Id} in the pack '{batch.Name}' does not have the content that its id stands for.");
            }

            position += blob.Length;
        }

        log.CountBlobs(segment.Blobs.Count);
    }
}
