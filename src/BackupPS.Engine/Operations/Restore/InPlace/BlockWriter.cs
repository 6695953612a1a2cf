using System.Buffers;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Writes a file of which parts are there already: takes those from it, and fetches the rest.</summary>
internal sealed class BlockWriter(BlobReader blobs, RestoreCounters counters, InPlaceCounters reused, Writeback writeback, Func<ReadOnlyMemory<byte>, BlobId> computeId)
{
    /// <param name="target">The file that is written.</param>
    /// <param name="there">The file that has parts of it.</param>
    /// <param name="comparison">Which parts.</param>
    /// <param name="job">The file in the snapshot.</param>
    /// <param name="shares">Whether <paramref name="target"/> has the bytes of <paramref name="there"/> already: it is a clone of it, or the same file.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask WriteAsync(IWritableFile target, IReadableFile there, FileComparison comparison, RestoreJob job, bool shares, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileExtent> ranges = ContentWriter.RangesOf(job.Entry);
        var writer = new RangeWriter(target, ranges);
        var reader = new RangeReader(there, ranges);
        for (int i = 0; i < comparison.Equal.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = comparison.Lengths[i];
            bool taken = false;
            if (comparison.Equal[i] && shares)
            {
                taken = true;
                reader.Skip(length);
                if (!writer.TrySkip(length)) throw ContentWriter.Mismatch(job, "more");
            }
            else if (comparison.Equal[i])
            {
                taken = TryCopy(reader, writer, length, comparison.Blobs[i]);
            }
            else
            {
                reader.Skip(length);
            }

            if (taken) Interlocked.Add(ref reused.BytesReused, length);
            else await FetchAsync(writer, comparison.Blobs[i], job, cancellationToken);
        }

        if (!writer.IsComplete) throw ContentWriter.Mismatch(job, "fewer");
        if (shares && !comparison.HolesAreZero) ClearHoles(target, ranges, job.Entry.Size);
        if (shares || writer.End < job.Entry.Size) target.SetLength(job.Entry.Size);
    }

    // It was the same when it was compared: somebody may have written to it since.
    private bool TryCopy(RangeReader reader, RangeWriter writer, int length, BlobId id)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            return reader.Read(buffer.AsSpan(0, length)) == length && computeId(buffer.AsMemory(0, length)).Equals(id) && writer.TryWrite(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask FetchAsync(RangeWriter writer, BlobId id, RestoreJob job, CancellationToken cancellationToken)
    {
        using BlobLease blob = await blobs.OpenAsync(BlobKind.Data, id, cancellationToken);
        if (!writer.TryWrite(blob.Span)) throw ContentWriter.Mismatch(job, "more");
        Interlocked.Add(ref counters.Bytes, blob.Span.Length);
        writeback.Begin();
    }

    private static void ClearHoles(IWritableFile target, IReadOnlyList<FileExtent> ranges, long size)
    {
        long end = 0;
        foreach (FileExtent range in ranges)
        {
            Clear(target, end, range.Offset - end);
            end = range.Offset + range.Length;
        }

        Clear(target, end, size - end);
    }

    private static void Clear(IWritableFile target, long offset, long length)
    {
        if (length <= 0 || target.TryPunchHole(offset, length)) return;
        byte[] zeros = new byte[64 * 1024];
        for (long done = 0; done < length; done += zeros.Length) target.Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)), offset + done);
    }
}
