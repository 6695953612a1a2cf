namespace BackupPS.Engine.Sources;

/// <summary>One line of an ignore file, by the rules of gitignore(5) and what git's wildmatch does where those are silent.</summary>
internal sealed class IgnoreRule
{
    private readonly GlobPath _glob;
    private readonly bool _foldersOnly;

    private IgnoreRule(GlobPath glob, bool foldersOnly, bool negated)
    {
        _glob = glob;
        _foldersOnly = foldersOnly;
        Negated = negated;
    }

    /// <summary>Whether it takes back what an earlier rule ignores.</summary>
    public bool Negated { get; }

    /// <summary>The rule of a line; <see langword="null"/> where it has none: blank, a comment, or, as in git, a pattern that cannot match anything.</summary>
    public static IgnoreRule? Parse(string line, bool ignoreCase)
    {
        if (line.StartsWith('#')) return null;
        ReadOnlySpan<char> text = TrimTrailingSpaces(line);
        bool negated = text.StartsWith('!');
        if (negated) text = text[1..];
        bool foldersOnly = text.EndsWith('/');
        if (foldersOnly) text = text[..^1];
        if (text.IsEmpty) return null;
        // With a slash it is meant from the folder of the ignore file on, else at any depth.
        bool anchored = text.Contains('/');
        if (text[0] == '/') text = text[1..];

        var segments = new List<GlobSegment?>();
        if (!anchored) segments.Add(null);
        for (int at = 0; at <= text.Length; at++)
        {
            var parser = new IgnoreSegmentParser(text[at..]);
            if (!parser.TryParse(out List<GlobToken> tokens)) return null;
            // Two stars or more; between other characters they are one. (git matches ab**/* with ab, as an accident of a shortcut. That is not followed.)
            bool crosses = anchored && tokens.Count > 1 && tokens.TrueForAll(token => token.Kind == GlobTokenKind.AnyRun);
            segments.Add(crosses ? null : new GlobSegment(tokens, ignoreCase));
            at += parser.Length;
        }

        return new IgnoreRule(new GlobPath(segments), foldersOnly, negated);
    }

    // Spaces at the end go, unless a backslash keeps them.
    private static ReadOnlySpan<char> TrimTrailingSpaces(ReadOnlySpan<char> line)
    {
        int end = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length) i++;
            else if (line[i] == ' ') continue;
            end = i + 1;
        }

        return line[..end];
    }

    /// <summary>Whether an item is meant.</summary>
    /// <param name="path">Its path from the folder of the ignore file.</param>
    /// <param name="isFolder">Whether it is a folder (a link to one is not).</param>
    public bool Matches(ReadOnlySpan<char> path, bool isFolder) => (isFolder || !_foldersOnly) && _glob.Matches(path);
}
