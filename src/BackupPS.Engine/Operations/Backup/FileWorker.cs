using System.Buffers;
using BackupPS.Engine.Chunking;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Reads files, cuts them, and stores what the repository lacks. One thread each.</summary>
internal sealed class FileWorker : IDisposable
{
    private readonly BackupExecution run;
    private readonly WorkQueue queue;
    private readonly IChunker chunker;
    private readonly SegmentWriter segments;
    private readonly byte[] buffer;

    public FileWorker(BackupExecution run, WorkQueue queue, IChunker chunker)
    {
        this.run = run;
        this.queue = queue;
        this.chunker = chunker;
        segments = run.Writer.CreateDataWriter();

        // Two of the longest chunks: while one is cut, the rest of the buffer need not move. Pages that are never touched cost nothing.
        buffer = GC.AllocateUninitializedArray<byte>(2 * chunker.MaximumLength);
    }

    /// <summary>Works until all is done.</summary>
    public void Work()
    {
        CancellationToken stopped = run.Writer.Stopped;
        while (queue.TryTake(out IReadOnlyList<FileJob>? batch, out ChunkJob? chunk, stopped))
        {
            if (chunk is not null)
            {
                using (chunk.Content) StoreChunk(chunk.File, chunk.Number, chunk.Content.Memory[..chunk.Length]);
            }
            else
            {
                foreach (FileJob job in batch!)
                {
                    stopped.ThrowIfCancellationRequested();
                    Read(job);
                }

                run.ReportProgress(batch[^1].Node.PathOf(batch[^1].Name));
            }

            queue.Done();
        }

        segments.Flush();
    }

    public void Dispose() => segments.Dispose();

    private void Read(FileJob job)
    {
        var reading = new FileReading(job);
        TreeEntry? entry = null;
        try
        {
            entry = Read(reading);
        }
        catch (PlatformException e)
        {
            run.Faults.Add(SourceFault.From(e, job.Node.PathOf(job.Name)));
        }

        if (reading.FinishReading(entry)) Finish(reading);
    }

    private TreeEntry Read(FileReading reading)
    {
        FileJob job = reading.Job;
        using IReadableFile file = job.Node.Folder!.OpenFile(job.Name);
        ItemInfo before = file.GetInfo();
        if (before.Kind != ItemKind.File) throw new PlatformException(PlatformFailure.NotAFile, "it is no longer a regular file");
        IReadOnlyList<FileExtent>? extents = null;
        if (before.AllocatedSize < before.Size)
        {
            extents = file.GetDataExtents(before.Size);
            if (extents.Count > TreePage.MaximumExtents || (extents.Count == 1 && extents[0].Offset == 0 && extents[0].Length == before.Size)) extents = null;
        }

        DateTime readAt = run.Time.GetUtcNow().UtcDateTime;
        long length = extents is not null ? ReadRanges(reading, file, extents)
            : before.Size == 0 ? 0
            : before.Size <= Math.Min(chunker.MinimumLength, SegmentWriter.DataLength) ? ReadSmall(reading, file, (int)before.Size)
            : ReadRanges(reading, file, [new FileExtent(0, before.Size)]);

        ItemInfo after = file.GetInfo();
        long expected = extents?.Sum(static e => e.Length) ?? before.Size;
        bool changed = length != expected || after.Size != before.Size || after.Modified != before.Modified || after.Changed != before.Changed;
        if (changed) run.Faults.Add(BackupError.SourceChanged, job.Node.PathOf(job.Name), "it changed while it was read");

        Interlocked.Increment(ref run.Counters.FilesRead);
        Interlocked.Add(ref run.Counters.BytesRead, length);
        TreeEntry entry = run.Entries.Create(job.Name, before, racy: changed || EntryFactory.IsRacy(before, readAt));
        entry.Size = extents is null ? length : before.Size;
        entry.Extents = extents is not null && length != expected ? Truncate(extents, length) : extents;
        run.TreeWriter.SetAttributes(entry, AttributeSet.Encode(file.ReadAttributes()));
        return entry;
    }

    private int ReadSmall(FileReading reading, IReadableFile file, int size)
    {
        // Straight into the segment: a file that the repository has is simply not committed.
        Span<byte> room = segments.GetRoom(size);
        int length = Fill(file, room, 0);
        if (length == 0) return 0;
        BlobId id = run.Keys.ComputeId(BlobKind.Data, room[..length]);
        if (run.Writer.TryClaim(id, length)) segments.Commit(id, length);
        reading.SetChunk(reading.AddChunk(), id);
        return length;
    }

    private long ReadRanges(FileReading reading, IReadableFile file, IReadOnlyList<FileExtent> extents)
    {
        file.AdviseSequential();
        long total = 0;
        int start = 0, end = 0, extent = 0;
        long position = 0;
        bool ended = extents.Count == 0;
        while (true)
        {
            if (!ended && end - start < chunker.MaximumLength)
            {
                if (start > 0)
                {
                    buffer.AsSpan(start, end - start).CopyTo(buffer);
                    end -= start;
                    start = 0;
                }

                while (!ended && end < buffer.Length)
                {
                    run.Writer.Stopped.ThrowIfCancellationRequested();
                    FileExtent range = extents[extent];
                    int wanted = (int)Math.Min(buffer.Length - end, range.Length - position);
                    int read = wanted == 0 ? 0 : Fill(file, buffer.AsSpan(end, wanted), range.Offset + position);
                    total += read;
                    end += read;
                    position += read;
                    if (read < wanted)
                    {
                        // The file ends early: it was cut while it was read.
                        ended = true;
                    }
                    else if (position == range.Length)
                    {
                        position = 0;
                        ended = ++extent == extents.Count;
                    }
                }
            }

            if (start == end) return total;
            int cut = chunker.FindCut(buffer.AsSpan(start, end - start));
            HandOn(reading, buffer.AsMemory(start, cut));
            start += cut;
        }
    }

    private void HandOn(FileReading reading, ReadOnlyMemory<byte> chunk)
    {
        int number = reading.AddChunk();
        if (run.Workers > 1)
        {
            IMemoryOwner<byte> copy = MemoryPool<byte>.Shared.Rent(chunk.Length);
            chunk.CopyTo(copy.Memory);
            if (queue.TryAdd(new ChunkJob(reading, number, copy, chunk.Length))) return;
            copy.Dispose();
        }

        StoreChunk(reading, number, chunk);
    }

    private void StoreChunk(FileReading reading, int number, ReadOnlyMemory<byte> chunk)
    {
        BlobId id = run.Keys.ComputeId(BlobKind.Data, chunk.Span);
        if (run.Writer.TryClaim(id, chunk.Length)) segments.Add(id, chunk);
        if (reading.SetChunk(number, id)) Finish(reading);
        run.ReportProgress("");
    }

    private void Finish(FileReading reading)
    {
        (TreeEntry? entry, IReadOnlyList<BlobId> blobs) = reading.Result;
        if (entry is not null)
        {
            run.TreeWriter.SetContent(entry, blobs);
            run.CountFile(entry, reading.Job.Suspect);
        }

        reading.Job.Node.Fill(reading.Job.Slot, entry, run);
    }

    private static int Fill(IReadableFile file, Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = file.Read(destination[total..], offset + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }

    // The ranges that the bytes that were read fill.
    private static List<FileExtent> Truncate(IReadOnlyList<FileExtent> extents, long length)
    {
        var kept = new List<FileExtent>();
        foreach (FileExtent extent in extents)
        {
            if (length == 0) break;
            kept.Add(extent with { Length = Math.Min(extent.Length, length) });
            length -= kept[^1].Length;
        }

        return kept;
    }
}
