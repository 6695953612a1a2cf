using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Writes the content of a file from its blobs, and reads it back. Every blob is proved by its id before a byte of it is written.</summary>
internal sealed class ContentWriter(BlobReader blobs, TreeReader trees, RestoreCounters counters, Writeback writeback)
{
    /// <summary>Writes all of a file's content, holes as holes.</summary>
    /// <exception cref="BackupException">A blob cannot be read, or the blobs do not make up the file (<see cref="BackupError.ObjectDamaged"/>).</exception>
    public async ValueTask WriteAsync(IWritableFile file, RestoreJob job, CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        if (entry.ContentDepth == 0 && entry.Content.Length <= 1 && entry.Extents is null)
        {
            if (entry.Content.Length == 1) await WriteOnlyBlobAsync(file, job, cancellationToken);
            else if (entry.Size > 0) throw Mismatch(job, "fewer");
            return;
        }

        var ranges = new RangeWriter(file, RangesOf(entry));
        IReadOnlyList<BlobId> ids = entry.ContentDepth == 0 ? entry.Content : await trees.ReadContentAsync(entry, onList: null, cancellationToken);
        await using (var ahead = new BlobsAhead(blobs, ids))
        {
            for (int i = 0; i < ids.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using BlobLease blob = await ahead.OpenAsync(i, goesOn: true, cancellationToken);
                if (!ranges.TryWrite(blob.Span)) throw Mismatch(job, "more");
                Interlocked.Add(ref counters.Bytes, blob.Span.Length);
                writeback.Begin();
            }
        }

        if (!ranges.IsComplete) throw Mismatch(job, "fewer");
        if (ranges.End < entry.Size) file.SetLength(entry.Size);
        if (entry.Extents is not null && file.GetInfo().AllocatedSize >= entry.Size) counters.Losses.Add(TargetLoss.Holes, job.Path);
    }

    // Nearly every file: one write from the buffer of the segment.
    private async ValueTask WriteOnlyBlobAsync(IWritableFile file, RestoreJob job, CancellationToken cancellationToken)
    {
        using BlobLease blob = await blobs.OpenAsync(BlobKind.Data, job.Entry.Content[0], cancellationToken);
        if (blob.Span.Length != job.Entry.Size) throw Mismatch(job, blob.Span.Length > job.Entry.Size ? "more" : "fewer");
        file.Write(blob.Span, 0);
        Interlocked.Add(ref counters.Bytes, blob.Span.Length);
    }

    /// <summary>Reads a restored file back and compares it with the ids of its blobs.</summary>
    /// <param name="folder">The folder that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="job">The file in the snapshot.</param>
    /// <param name="opened">Opens a file that its own mode keeps closed.</param>
    /// <param name="computeId">Computes ids.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whether all of it is as it should be, zeros in the holes included.</returns>
    public async Task<bool> VerifyAsync(
        IFolder folder,
        byte[] name,
        RestoreJob job,
        OpenedItems opened,
        Func<ReadOnlyMemory<byte>, BlobId> computeId,
        CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        using IReadableFile file = opened.OpenFile(folder, name, opened.PathOf(job.Path), () => folder.OpenFile(name));
        if (file.GetInfo().Size != entry.Size) return false;
        IReadOnlyList<FileExtent> ranges = RangesOf(entry);
        var content = new RangeReader(file, ranges);
        byte[] buffer = [];
        foreach (BlobId id in await trees.ReadContentAsync(entry, onList: null, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = blobs.LengthOf(id);
            if (buffer.Length < length) buffer = new byte[length];
            if (content.Read(buffer.AsSpan(0, length)) != length || !computeId(buffer.AsMemory(0, length)).Equals(id)) return false;
        }

        return HolesAreZero(file, ranges, entry.Size, cancellationToken);
    }

    /// <summary>The ranges of a file that hold data.</summary>
    public static IReadOnlyList<FileExtent> RangesOf(TreeEntry entry) => entry.Extents ?? (entry.Size == 0 ? [] : [new FileExtent(0, entry.Size)]);

    /// <summary>Whether a file that is read has nothing but zeros between the ranges.</summary>
    public static bool HolesAreZero(IReadableFile file, IReadOnlyList<FileExtent> ranges, long size, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        long end = 0;
        foreach (FileExtent range in ranges.Append(new FileExtent(size, 0)))
        {
            // What the file system itself calls a hole need not be read.
            foreach (FileExtent data in end < range.Offset ? file.GetDataExtents(range.Offset) : [])
            {
                long position = Math.Max(data.Offset, end);
                while (position < data.Offset + data.Length)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    int read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, data.Offset + data.Length - position)), position);
                    if (read == 0 || buffer.AsSpan(0, read).ContainsAnyExcept((byte)0)) return false;
                    position += read;
                }
            }

            end = range.Offset + range.Length;
        }

        return true;
    }

    /// <summary>The error for blobs that do not make up the file.</summary>
    public static BackupException Mismatch(RestoreJob job, string how) => new(BackupError.ObjectDamaged, $"the snapshot has {how} bytes for this file than its size says", job.Path);
}
