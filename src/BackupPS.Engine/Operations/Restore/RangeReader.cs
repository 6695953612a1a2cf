using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Reads the data ranges of a file as one run of bytes.</summary>
internal sealed class RangeReader(IReadableFile file, IReadOnlyList<FileExtent> ranges)
{
    private int range;
    private long within;

    /// <summary>Passes over a piece of the run.</summary>
    public void Skip(long length)
    {
        while (length > 0 && range < ranges.Count)
        {
            long step = Math.Min(length, ranges[range].Length - within);
            within += step;
            length -= step;
            if (within < ranges[range].Length) continue;
            range++;
            within = 0;
        }
    }

    /// <summary>Fills the destination.</summary>
    /// <returns>Bytes read: fewer where the ranges or the file end.</returns>
    public int Read(Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length && range < ranges.Count)
        {
            FileExtent current = ranges[range];
            int wanted = (int)Math.Min(destination.Length - total, current.Length - within);
            int read = wanted == 0 ? 0 : file.Read(destination.Slice(total, wanted), current.Offset + within);
            if (wanted > 0 && read == 0) break;
            total += read;
            within += read;
            if (within < current.Length) continue;
            range++;
            within = 0;
        }

        return total;
    }
}
