using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Writes one run of bytes into the data ranges of a file.</summary>
internal sealed class RangeWriter(IWritableFile file, IReadOnlyList<FileExtent> ranges)
{
    private int range;
    private long within;

    /// <summary>Whether every range is full.</summary>
    public bool IsComplete
    {
        get
        {
            SkipFull();
            return range == ranges.Count;
        }
    }

    /// <summary>Where the last range ends: the length that the file has when all is written.</summary>
    public long End => ranges.Count == 0 ? 0 : ranges[^1].Offset + ranges[^1].Length;

    /// <summary>Writes more of the run.</summary>
    /// <returns><see langword="false"/>: the ranges are full before the end of <paramref name="content"/>.</returns>
    public bool TryWrite(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            SkipFull();
            if (range == ranges.Count) return false;
            FileExtent current = ranges[range];
            int length = (int)Math.Min(content.Length, current.Length - within);
            file.Write(content[..length], current.Offset + within);
            within += length;
            content = content[length..];
        }

        return true;
    }

    /// <summary>Leaves out a piece of the run: what the file has there already.</summary>
    /// <returns><see langword="false"/>: the ranges are full before its end.</returns>
    public bool TrySkip(long length)
    {
        while (length > 0)
        {
            SkipFull();
            if (range == ranges.Count) return false;
            long step = Math.Min(length, ranges[range].Length - within);
            within += step;
            length -= step;
        }

        return true;
    }

    private void SkipFull()
    {
        while (range < ranges.Count && within == ranges[range].Length)
        {
            range++;
            within = 0;
        }
    }
}
