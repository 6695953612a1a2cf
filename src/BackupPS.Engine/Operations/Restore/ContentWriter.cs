using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Writes the content of a file from its blobs, and reads it back. Every blob is proved by its id before a byte of it is written.</summary>
internal sealed class ContentWriter(BlobReader blobs, TreeReader trees, RestoreCounters counters)
{
    /// <summary>Writes all of a file's content, holes as holes.</summary>
    /// <exception cref="BackupException">A blob cannot be read, or the blobs do not make up the file (<see cref="BackupError.ObjectDamaged"/>).</exception>
    public async Task WriteAsync(IWritableFile file, TreeEntry entry, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileExtent> ranges = RangesOf(entry);
        int range = 0;
        long within = 0;
        foreach (BlobId id in await trees.ReadContentAsync(entry, onList: null, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlyMemory<byte> rest = await blobs.ReadAsync(BlobKind.Data, id, cancellationToken);
            while (!rest.IsEmpty)
            {
                while (range < ranges.Count && within == ranges[range].Length)
                {
                    range++;
                    within = 0;
                }

                if (range == ranges.Count) throw Mismatch(path, "more");
                int length = (int)Math.Min(rest.Length, ranges[range].Length - within);
                file.Write(rest.Span[..length], ranges[range].Offset + within);
                within += length;
                rest = rest[length..];
                Interlocked.Add(ref counters.Bytes, length);
            }
        }

        if (range < ranges.Count - 1 || (range < ranges.Count && within < ranges[range].Length)) throw Mismatch(path, "fewer");
        file.SetLength(entry.Size);
    }

    /// <summary>Reads a restored file back and compares it with the ids of its blobs.</summary>
    /// <returns>Whether all of it is as it should be, zeros in the holes included.</returns>
    public async Task<bool> VerifyAsync(IFolder folder, byte[] name, TreeEntry entry, Func<ReadOnlyMemory<byte>, BlobId> computeId, CancellationToken cancellationToken)
    {
        using IReadableFile file = folder.OpenFile(name);
        if (file.GetInfo().Size != entry.Size) return false;
        IReadOnlyList<FileExtent> ranges = RangesOf(entry);
        var content = new RangeReader(file, ranges);
        foreach (BlobId id in await trees.ReadContentAsync(entry, onList: null, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] read = new byte[blobs.LengthOf(id)];
            if (content.Read(read) != read.Length || !computeId(read).Equals(id)) return false;
        }

        return HolesAreZero(file, ranges, entry.Size, cancellationToken);
    }

    private static IReadOnlyList<FileExtent> RangesOf(TreeEntry entry) => entry.Extents ?? (entry.Size == 0 ? [] : [new FileExtent(0, entry.Size)]);

    private static bool HolesAreZero(IReadableFile file, IReadOnlyList<FileExtent> ranges, long size, CancellationToken cancellationToken)
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

    private static BackupException Mismatch(string path, string how) => new(BackupError.ObjectDamaged, $"the snapshot has {how} bytes for this file than its size says", path);
}
