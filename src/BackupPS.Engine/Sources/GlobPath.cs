namespace BackupPS.Engine.Sources;

/// <summary>A pattern of a path: a sequence of patterns of names, between which <c>**</c> (null) stands for any number of names.</summary>
internal sealed class GlobPath
{
    private static readonly GlobSegment AnyName = new([new GlobToken(GlobTokenKind.AnyRun)], ignoreCase: false);

    private readonly GlobSegment?[] _segments;

    /// <summary>Compiles the sequence; <see langword="null"/> is <c>**</c>. At the end it stands for at least one name: <c>a/**</c> is what is below a.</summary>
    public GlobPath(IEnumerable<GlobSegment?> segments)
    {
        var list = new List<GlobSegment?>();
        foreach (GlobSegment? segment in segments)
        {
            if (segment is not null || list.Count == 0 || list[^1] is not null) list.Add(segment);
        }

        if (list.Count > 0 && list[^1] is null) list.Add(AnyName);
        _segments = [.. list];
    }

    /// <summary>Whether a path matches as a whole. Slashes at its start and end, and repeated ones, do not count.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        path = path.Trim('/');
        // ** and one name: only the end of the path counts.
        if (_segments.Length == 2 && _segments[0] is null) return !path.IsEmpty && _segments[1]!.Matches(path[(path.LastIndexOf('/') + 1)..]);

        int segment = 0, runSegment = -1;
        ReadOnlySpan<char> rest = path, runRest = default;
        while (!rest.IsEmpty)
        {
            if (segment < _segments.Length && _segments[segment] is null)
            {
                runSegment = segment++;
                runRest = rest;
            }
            else if (segment < _segments.Length && _segments[segment]!.Matches(First(rest)))
            {
                segment++;
                rest = AfterFirst(rest);
            }
            else if (runSegment >= 0)
            {
                segment = runSegment + 1;
                runRest = AfterFirst(runRest);
                rest = runRest;
            }
            else
            {
                return false;
            }
        }

        return segment == _segments.Length;
    }

    /// <summary>Whether something below a folder could match.</summary>
    public bool MayMatchBelow(ReadOnlySpan<char> folderPath)
    {
        // Which elements may come next, given the names so far.
        var next = new bool[_segments.Length + 1];
        Reach(next, 0);
        for (ReadOnlySpan<char> rest = folderPath.Trim('/'); !rest.IsEmpty; rest = AfterFirst(rest))
        {
            var after = new bool[next.Length];
            for (int i = 0; i < _segments.Length; i++)
            {
                if (!next[i]) continue;
                if (_segments[i] is null) Reach(after, i);
                else if (_segments[i]!.Matches(First(rest))) Reach(after, i + 1);
            }

            next = after;
        }

        return Array.IndexOf(next, true, 0, _segments.Length) >= 0;
    }

    // ** may also stand for nothing.
    private void Reach(bool[] states, int index)
    {
        states[index] = true;
        if (index < _segments.Length && _segments[index] is null) states[index + 1] = true;
    }

    private static ReadOnlySpan<char> First(ReadOnlySpan<char> path)
    {
        int end = path.IndexOf('/');
        return end < 0 ? path : path[..end];
    }

    private static ReadOnlySpan<char> AfterFirst(ReadOnlySpan<char> path)
    {
        int end = path.IndexOf('/');
        return end < 0 ? default : path[end..].TrimStart('/');
    }
}
