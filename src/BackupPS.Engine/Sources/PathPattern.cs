namespace BackupPS.Engine.Sources;

/// <summary>
/// A glob pattern of Include, Exclude and every <c>-Path</c> that looks into a snapshot. <c>*</c> and <c>?</c> stay within a name; the name
/// <c>**</c> stands for any number of them. A pattern that begins with <c>/</c> (on Windows also with a drive) is matched against the whole path; any other against its
/// end, at any depth. A <c>/</c> at the end means folders only, <c>/**</c> at the end what is below a folder but not itself. Nothing else has a meaning: <c>[</c> is a bracket.
/// </summary>
internal sealed class PathPattern
{
    private readonly GlobPath _glob;
    private readonly bool _foldersOnly;

    private PathPattern(string text, GlobPath glob, bool foldersOnly)
    {
        Text = text;
        _glob = glob;
        _foldersOnly = foldersOnly;
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern by the rules of this system.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/>: it is empty, or has NUL, or a name that is <c>.</c> or <c>..</c>.</exception>
    public static PathPattern Parse(string pattern) =>
        Parse(pattern, ignoreCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), windowsPaths: OperatingSystem.IsWindows());

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">Text in the form of <see cref="PathText"/>.</param>
    /// <param name="ignoreCase">Whether <c>A</c> and <c>a</c> are the same.</param>
    /// <param name="windowsPaths">Whether <c>\</c> separates names, and <c>C:</c> at the start is a drive.</param>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/>.</exception>
    public static PathPattern Parse(string pattern, bool ignoreCase, bool windowsPaths)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length == 0) throw Invalid(pattern, "A pattern cannot be empty.");
        if (pattern.Contains('\0', StringComparison.Ordinal)) throw Invalid(pattern, "A pattern cannot have NUL in it.");
        string text = windowsPaths ? pattern.Replace('\\', '/') : pattern;
        bool hasDrive = windowsPaths && text.Length >= 2 && char.IsAsciiLetter(text[0]) && text[1] == ':' && (text.Length == 2 || text[2] == '/');
        var segments = new List<GlobSegment?>();
        if (!hasDrive && text[0] != '/') segments.Add(null);
        foreach (string name in text.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name is "." or "..") throw Invalid(pattern, $"The pattern '{pattern}' has a '{name}' in it: begin it with / for a whole path, or leave that out to match at any depth.");
            segments.Add(name == "**" ? null : ParseSegment(name, ignoreCase));
        }

        return new PathPattern(pattern, new GlobPath(segments), text[^1] == '/');
    }

    private static BackupException Invalid(string pattern, string message) => new(BackupError.InvalidArgument, message, pattern);

    private static GlobSegment ParseSegment(string name, bool ignoreCase) => new(
        [.. name.Select(c => c switch
        {
            '*' => new GlobToken(GlobTokenKind.AnyRun),
            '?' => new GlobToken(GlobTokenKind.AnyCharacter),
            _ => new GlobToken(GlobTokenKind.Literal, c),
        })],
        ignoreCase);

    /// <summary>Whether the item at an absolute path (segments joined by <c>/</c>) is meant.</summary>
    public bool Matches(string path, bool isFolder) => (isFolder || !_foldersOnly) && _glob.Matches(path);

    /// <summary>Whether the item, or a folder that it is in, is meant.</summary>
    public bool MatchesOrIsBelow(string path, bool isFolder)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Matches(path, isFolder)) return true;
        ReadOnlySpan<char> above = path.AsSpan().TrimEnd('/');
        while (!above.IsEmpty)
        {
            above = above[..(above.LastIndexOf('/') + 1)].TrimEnd('/');
            if (_glob.Matches(above)) return true;
        }

        return false;
    }

    /// <summary>Whether something below a folder could be meant; where not, a walk need not enter it.</summary>
    public bool MayMatchBelow(string folderPath) => _glob.MayMatchBelow(folderPath);
}
