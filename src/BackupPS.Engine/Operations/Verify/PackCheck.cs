using System.Buffers;
using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Checks packs: that they are there, whole, as the index says, and that every blob is what its id says.</summary>
internal sealed class PackCheck(Repository repository, RecordCheck records, DamageLog log)
{
    /// <summary>Packs that the index names must be there with the right length.</summary>
    /// <param name="wanted">The packs that matter.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Every pack of the store, with its length.</returns>
    public async Task<IReadOnlyDictionary<string, long>> CheckPresenceAsync(IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        var present = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Packs, cancellationToken))
        {
            if (RepositoryLayout.TryParsePack(item.Name, out string pack)) present[pack] = item.Length;
        }

        foreach ((string pack, PackDescription description) in records.Described)
        {
            if (!wanted.Contains(pack)) continue;
            string name = RepositoryLayout.Pack(pack);
            if (!present.TryGetValue(pack, out long length))
            {
                // Written after the listing began, it is there now; swept, its blobs have other copies.
                length = await repository.Store.GetLengthAsync(name, cancellationToken);
                if (length < 0)
                {
                    log.AddPack(pack, BackupError.ObjectMissing, name, $"The pack '{name}' is missing.");
                    continue;
                }
            }

            log.CountObject(0);
            if (length != description.Length) log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' has {length} bytes in place of {description.Length}.");
        }

        return present;
    }

    /// <summary>Reads packs to the last byte.</summary>
    public async Task CheckContentAsync(IReadOnlyCollection<string> packs, int workers, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        using var segments = new SegmentReader(repository);
        long done = 0;
        await Parallel.ForEachAsync(packs, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, async (pack, token) =>
        {
            await CheckPackAsync(pack, segments, token);
            callbacks.Progress?.Report(new OperationProgress("Verifying", Interlocked.Increment(ref done), packs.Count, log.BytesRead, 0, RepositoryLayout.Pack(pack)));
        });
    }

    private async Task CheckPackAsync(string pack, SegmentReader segments, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Pack(pack);
        long length = await repository.Store.GetLengthAsync(name, cancellationToken);

        // Missing packs have been told by the check of presence; others were swept since.
        if (length < 0) return;
        if (length > PackDescription.MaximumLength)
        {
            log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' has {length} bytes, more than any pack.");
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            int read = await repository.Store.ReadAsync(name, 0, buffer.AsMemory(0, (int)length), cancellationToken);
            if (read >= 0) Check(pack, name, buffer.AsSpan(0, read), segments, cancellationToken);
        }
        catch (StoreException e) when (e.Failure is StoreFailure.Damaged or StoreFailure.Denied)
        {
            log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' cannot be read: {e.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Check(string pack, string name, ReadOnlySpan<byte> bytes, SegmentReader segments, CancellationToken cancellationToken)
    {
        log.CountObject(bytes.Length);
        byte[] hash = SHA256.HashData(bytes);
        bool whole = Convert.ToHexStringLower(hash) == pack;
        if (!whole) log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' is damaged: its bytes do not have the hash that it is named for.");
        records.Described.TryGetValue(pack, out PackDescription? described);
        try
        {
            PackDescription own = PackLayout.Read(repository.Keys, hash, bytes);
            if (described is not null && !own.SameContents(described)) log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' and the index do not agree on what is in it.");
            described ??= own;
        }
        catch (InvalidDataException e)
        {
            if (whole) log.AddPack(pack, BackupError.ObjectDamaged, name, $"The pack '{name}' is damaged: {e.Message}.");
        }

        if (described is not null) CheckSegments(pack, name, bytes, described, segments, cancellationToken);
    }

    private void CheckSegments(string pack, string name, ReadOnlySpan<byte> bytes, PackDescription description, SegmentReader segments, CancellationToken cancellationToken)
    {
        using ObjectSeal seal = ObjectSeal.ForPack(repository.Keys, (byte)description.Kind, description.Salt);
        int offset = PackLayout.HeaderLength;
        for (int number = 0; number < description.Segments.Count; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SegmentContents segment = description.Segments[number];
            if (offset + (long)segment.SealedLength > bytes.Length)
            {
                log.AddSegment(pack, number, name, $"The pack '{name}' ends before its segment {number}.");
                return;
            }

            byte[] buffer = ArrayPool<byte>.Shared.Rent(segment.RawLength);
            try
            {
                Span<byte> raw = buffer.AsSpan(0, segment.RawLength);
                segments.Open(name, seal, number, bytes.Slice(offset, segment.SealedLength), raw, segment.Codec);
                int position = 0;
                foreach (BlobEntry blob in segment.Blobs)
                {
                    if (!repository.Keys.ComputeId(description.Kind, raw.Slice(position, blob.Length)).Equals(blob.Id))
                    {
                        log.AddSegment(pack, number, name, $"The blob {blob.Id} in the pack '{name}' does not have the content that its id stands for.");
                    }

                    position += blob.Length;
                }

                log.CountBlobs(segment.Blobs.Count);
            }
            catch (BackupException e) when (e.Error == BackupError.ObjectDamaged)
            {
                log.AddSegment(pack, number, name, e.Message);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            offset += segment.SealedLength;
        }
    }
}
