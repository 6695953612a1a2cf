namespace BackupPS.Engine.Platform.Linux;

/// <summary>
/// Collects the ranges of a sparse file, in order, in bounded memory: where there are too many, the smallest holes count as data. They read
/// as zeros, which costs time and no space worth speaking of.
/// </summary>
internal sealed class ExtentList
{
    /// <summary>Most ranges of a file: 16 bytes each make 128 KiB, which a tree can still hold.</summary>
    public const int Most = 8192;

    private readonly List<FileExtent> _extents = [];

    /// <summary>Adds a range behind all others; one that touches the last is joined with it.</summary>
    public void Add(long offset, long length)
    {
        if (length <= 0) return;
        if (_extents.Count > 0 && _extents[^1] is var last && last.Offset + last.Length == offset)
        {
            _extents[^1] = last with { Length = last.Length + length };
            return;
        }

        _extents.Add(new FileExtent(offset, length));
        // Dropping in rounds keeps the same holes as dropping once: what goes has as many larger ones as may stay.
        if (_extents.Count >= 2 * Most) DropSmallestHoles();
    }

    /// <summary>The ranges, at most <see cref="Most"/>.</summary>
    public IReadOnlyList<FileExtent> ToList()
    {
        if (_extents.Count > Most) DropSmallestHoles();
        return [.. _extents];
    }

    private void DropSmallestHoles()
    {
        int excess = _extents.Count - Most;
        var holes = new long[_extents.Count - 1];
        for (int i = 0; i < holes.Length; i++) holes[i] = HoleBehind(i);
        Array.Sort(holes);
        long limit = holes[excess - 1];
        // Of the holes that are exactly as large as the limit, only as many go as must.
        int atLimit = excess - Array.FindIndex(holes, hole => hole == limit);

        var joined = new List<FileExtent>(Most + 1) { _extents[0] };
        for (int i = 1; i < _extents.Count; i++)
        {
            long hole = HoleBehind(i - 1);
            if (hole < limit || (hole == limit && atLimit-- > 0))
            {
                FileExtent last = joined[^1];
                joined[^1] = last with { Length = _extents[i].Offset + _extents[i].Length - last.Offset };
            }
            else
            {
                joined.Add(_extents[i]);
            }
        }

        _extents.Clear();
        _extents.AddRange(joined);
    }

    private long HoleBehind(int index) => _extents[index + 1].Offset - _extents[index].Offset - _extents[index].Length;
}
