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
    private readonly BlobHasher ids;
    private readonly FileBlockPool blocks;

    public FileWorker(BackupExecution run, WorkQueue queue, IChunker chunker, FileBlockPool blocks)
    {
        this.run = run;
        this.queue = queue;
        this.chunker = chunker;
        this.blocks = blocks;
        segments = run.Writer.CreateDataWriter();
        ids = new BlobHasher(run.Keys, BlobKind.Data);
    }

    /// <summary>Works until all is done.</summary>
    public void Work()
    {
        CancellationToken stopped = run.Writer.Stopped;
        while (queue.TryTake(out IReadOnlyList<FileJob>? batch, out ChunkJob? chunk, stopped))
        {
            if (chunk is not null)
            {
                try
                {
                    StoreChunk(chunk.File, chunk.Number, chunk.Content);
                }
                finally
                {
                    chunk.Block.Release();
                }
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

    public void Dispose()
    {
        segments.Dispose();
        ids.Dispose();
    }

    private void Read(FileJob job)
    {
        FileReading? reading = null;
        TreeEntry? entry = null;
        try
        {
            entry = Read(job, ref reading);
        }
        catch (PlatformException e)
        {
            run.Faults.Add(SourceFault.From(e, job.Node.PathOf(job.Name)));
        }

        if (reading is null) Finish(job, entry);
        else if (reading.FinishReading(entry)) Finish(reading);
    }

    // A file that is one blob, or none, comes back with its content; of any other, the chunks are in the reading.
    private TreeEntry Read(FileJob job, ref FileReading? reading)
    {
        using IReadableFile file = job.Node.Folder!.OpenFile(job.Name);
        ItemInfo before = file.Opened;
        if (before.Kind != ItemKind.File) throw new PlatformException(PlatformFailure.NotAFile, "it is no longer a regular file");
        IReadOnlyList<FileExtent>? extents = null;
        if (before.AllocatedSize < before.Size)
        {
            extents = TryGetExtents(file, before.Size);
            if (extents is not null && (extents.Count > TreePage.MaximumExtents || (extents.Count == 1 && extents[0].Offset == 0 && extents[0].Length == before.Size))) extents = null;
        }

        DateTime readAt = run.Time.GetUtcNow().UtcDateTime;
        BlobId[] content = [];
        long length = 0;
        if (extents is null && before.Size <= Math.Min(chunker.MinimumLength, SegmentWriter.DataLength))
        {
            if (before.Size > 0) length = ReadSmall(file, (int)before.Size, out content);
        }
        else
        {
            reading = new FileReading(job);
            length = ReadRanges(reading, file, extents ?? [new FileExtent(0, before.Size)]);
        }

        ItemInfo after = file.GetInfo();
        long expected = extents?.Sum(static e => e.Length) ?? before.Size;
        bool changed = length != expected || after.Size != before.Size || after.Modified != before.Modified || after.Changed != before.Changed;
        if (changed) run.Faults.Add(BackupError.SourceChanged, job.Node.PathOf(job.Name), "it changed while it was read");

        Interlocked.Increment(ref run.Counters.FilesRead);
        Interlocked.Add(ref run.Counters.BytesRead, length);
        TreeEntry entry = run.Entries.Create(job.Name, before, racy: changed || EntryFactory.IsRacy(before, readAt) || run.Mapped.Contains(before, job.Name));
        entry.Size = extents is null ? length : before.Size;
        entry.Extents = extents is not null && length != expected ? Truncate(extents, length) : extents;
        entry.Content = content;
        SetAttributes(job, entry, file);
        return entry;
    }

    private void SetAttributes(FileJob job, TreeEntry entry, IReadableFile file)
    {
        try
        {
            run.TreeWriter.SetAttributes(entry, run.Entries.Encode(file.ReadAttributes()));
        }
        catch (PlatformException e)
        {
            // The next run must not take the file as it is in this snapshot.
            entry.Racy = true;
            run.Faults.Add(SourceFault.OfAttributes(e, job.Node.PathOf(job.Name)));
        }
    }

    // Holes that are not known are read as what they are: zeros.
    private static IReadOnlyList<FileExtent>? TryGetExtents(IReadableFile file, long size)
    {
        try
        {
            return file.GetDataExtents(size);
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    private int ReadSmall(IReadableFile file, int size, out BlobId[] content)
    {
        // Straight into the segment: a file that the repository has is simply not committed.
        content = [];
        Span<byte> room = segments.GetRoom(size);
        int length = Fill(file, room, 0);
        if (length == 0) return 0;
        BlobId id = ids.ComputeId(room[..length]);
        if (run.Writer.TryClaim(id, length)) segments.Commit(id, length);
        content = [id];
        return length;
    }

    private long ReadRanges(FileReading reading, IReadableFile file, IReadOnlyList<FileExtent> extents)
    {
        file.AdviseSequential();
        long total = 0;
        int start = 0, end = 0, extent = 0;
        long position = 0;
        bool ended = extents.Count == 0;
        FileBlock block = blocks.Rent();
        try
        {
            while (true)
            {
                if (!ended && end - start < chunker.MaximumLength)
                {
                    // What is left goes to the start of a block: another one while somebody works on the chunks of this one.
                    FileBlock next = block.IsShared ? blocks.Rent() : block;
                    block.Span[start..end].CopyTo(next.Span);
                    if (next != block) block.Release();
                    block = next;
                    end -= start;
                    start = 0;
                    while (!ended && end < block.Span.Length)
                    {
                        run.Writer.Stopped.ThrowIfCancellationRequested();
                        FileExtent range = extents[extent];
                        int wanted = (int)Math.Min(block.Span.Length - end, range.Length - position);
                        int read = wanted == 0 ? 0 : Fill(file, block.Span.Slice(end, wanted), range.Offset + position);
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
                int cut = chunker.FindCut(block.Span[start..end]);
                HandOn(reading, block, start, cut);
                start += cut;
            }
        }
        finally
        {
            block.Release();
        }
    }

    private void HandOn(FileReading reading, FileBlock block, int start, int length)
    {
        int number = reading.AddChunk();
        if (run.Workers > 1)
        {
            block.Retain();
            if (queue.TryAdd(new ChunkJob(reading, number, block, start, length))) return;
            block.Release();
        }

        StoreChunk(reading, number, block.Span.Slice(start, length));
    }

    private void StoreChunk(FileReading reading, int number, ReadOnlySpan<byte> chunk)
    {
        BlobId id = ids.ComputeId(chunk);
        if (run.Writer.TryClaim(id, chunk.Length)) segments.Add(id, chunk);
        if (reading.SetChunk(number, id)) Finish(reading);
        run.ReportProgress("");
    }

    private void Finish(FileReading reading)
    {
        (TreeEntry? entry, IReadOnlyList<BlobId> blobs) = reading.Result;
        if (entry is not null) run.TreeWriter.SetContent(entry, blobs);
        Finish(reading.Job, entry);
    }

    private void Finish(FileJob job, TreeEntry? entry)
    {
        if (entry is not null) run.CountFile(entry, job.Suspect);
        job.Node.Fill(job.Slot, entry, run);
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
