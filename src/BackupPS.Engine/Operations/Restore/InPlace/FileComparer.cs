using System.Buffers;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Compares a file that is there with the snapshot's: hashes its bytes at the boundaries of the snapshot's blobs. Fetches nothing.</summary>
internal sealed class FileComparer(BlobReader blobs, TreeReader trees, Func<ReadOnlyMemory<byte>, BlobId> computeId)
{
    /// <exception cref="BackupException">The list of the file's blobs cannot be read, or names one that the repository does not have.</exception>
    /// <exception cref="PlatformException">The file cannot be read.</exception>
    public async ValueTask<FileComparison> CompareAsync(IReadableFile file, TreeEntry entry, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileExtent> ranges = ContentWriter.RangesOf(entry);
        IReadOnlyList<BlobId> ids = await trees.ReadContentAsync(entry, onList: null, cancellationToken);
        int[] lengths = await FindLengthsAsync(ids, ranges, cancellationToken);
        var equal = new bool[ids.Count];
        file.AdviseSequential();
        var content = new RangeReader(file, ranges);
        byte[] buffer = [];
        try
        {
            for (int i = 0; i < equal.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (buffer.Length < lengths[i])
                {
                    if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(lengths[i]);
                }

                // Where it ends early, nothing that follows can be there.
                if (content.Read(buffer.AsSpan(0, lengths[i])) < lengths[i]) break;
                equal[i] = computeId(buffer.AsMemory(0, lengths[i])).Equals(ids[i]);
            }
        }
        finally
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        }

        return new FileComparison(ids, lengths, equal, file.Opened, file.Opened.Size == entry.Size, entry.Extents is null || ContentWriter.HolesAreZero(file, ranges, entry.Size, cancellationToken));
    }

    private async ValueTask<int[]> FindLengthsAsync(IReadOnlyList<BlobId> ids, IReadOnlyList<FileExtent> ranges, CancellationToken cancellationToken)
    {
        long total = 0;
        foreach (FileExtent range in ranges) total += range.Length;
        if (ids.Count == 1 && total <= int.MaxValue) return [(int)total];
        var lengths = new int[ids.Count];
        for (int i = 0; i < lengths.Length; i++) lengths[i] = await FindLengthAsync(ids[i], cancellationToken);
        return lengths;
    }

    private async ValueTask<int> FindLengthAsync(BlobId id, CancellationToken cancellationToken)
    {
        try
        {
            return blobs.LengthOf(id);
        }
        catch (BackupException e) when (e.Error == BackupError.BlobMissing)
        {
            // Reading it makes the index load anew.
            using BlobLease blob = await blobs.OpenAsync(BlobKind.Data, id, cancellationToken);
            return blob.Span.Length;
        }
    }
}
