using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Which items of a snapshot are wanted: those that match a pattern, those that are named, and all that is below them.</summary>
internal sealed class ItemSelection
{
    private readonly PathPattern[] patterns;
    private readonly List<int> unmatched;
    private readonly HashSet<string> literals;
    private readonly HashSet<string> missing;
    private readonly StringComparison comparison;
    private bool met;

    /// <param name="patterns">Glob patterns.</param>
    /// <param name="literals">Exact paths.</param>
    /// <param name="ignoreCase">Whether this platform compares names without case.</param>
    public ItemSelection(IReadOnlyList<string> patterns, IReadOnlyList<string> literals, bool ignoreCase)
    {
        comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        this.patterns = [.. patterns.Select(p => PathPattern.Parse(p, ignoreCase, OperatingSystem.IsWindows()))];
        unmatched = [.. Enumerable.Range(0, patterns.Count)];
        this.literals = new HashSet<string>(literals.Select(SourcePath.Normalize), StringComparer.FromComparison(comparison));
        missing = new HashSet<string>(this.literals, this.literals.Comparer);
        IsEverything = (patterns.Count == 0 && literals.Count == 0) || missing.Remove(SourcePath.Root);
    }

    public bool IsEverything { get; }

    /// <summary>Paths that were named and have not been met.</summary>
    public IReadOnlyCollection<string> Missing => missing;

    /// <summary>Patterns that nothing has matched.</summary>
    public IReadOnlyList<string> Unmatched => [.. unmatched.Select(i => patterns[i].Text)];

    /// <summary>Whether there are patterns, and nothing has matched one.</summary>
    public bool PatternsMatchedNothing => patterns.Length > 0 && unmatched.Count == patterns.Length;

    /// <summary>Whether nothing that was asked for has been met.</summary>
    public bool MetNothing => !IsEverything && !met;

    /// <summary>Whether something was named, or said as a pattern, that has not been met.</summary>
    public bool LooksForMore => Misses || unmatched.Count > 0;

    /// <summary>Whether the item itself is wanted.</summary>
    public bool Includes(string path, bool isFolder)
    {
        if (IsEverything && !LooksForMore) return true;
        bool named = literals.Contains(path) && (missing.Remove(path) || true);
        bool wanted = Match(path, isFolder) || named;
        met |= wanted;
        return wanted || IsEverything;
    }

    /// <summary>Whether something below a folder may be wanted.</summary>
    public bool MayIncludeBelow(string folder) => IsEverything || Array.Exists(patterns, p => p.MayMatchBelow(folder)) || HasBelow(literals, folder);

    /// <summary>Whether some path that was named has not been met.</summary>
    public bool Misses => missing.Count > 0;

    /// <summary>An item that is wanted anyway, with the folder that it is in, may be named as well.</summary>
    public void Meet(string path) => missing.Remove(path);

    /// <summary>The same of one that may also match a pattern.</summary>
    public void Meet(string path, bool isFolder)
    {
        Meet(path);
        unmatched.RemoveAll(i => patterns[i].Matches(path, isFolder));
    }

    /// <summary>Whether a path that was named, and has not been met, lies below a folder.</summary>
    public bool MissesBelow(string folder) => Misses && HasBelow(missing, folder);

    private bool Match(string path, bool isFolder)
    {
        if (unmatched.Count == 0) return Array.Exists(patterns, p => p.Matches(path, isFolder));
        bool matched = false;
        for (int i = 0; i < patterns.Length; i++)
        {
            if (!patterns[i].Matches(path, isFolder)) continue;
            unmatched.Remove(i);
            matched = true;
        }

        return matched;
    }

    private bool HasBelow(HashSet<string> paths, string folder)
    {
        string prefix = folder.EndsWith('/') ? folder : folder + "/";
        foreach (string path in paths)
        {
            if (path.StartsWith(prefix, comparison)) return true;
        }

        return false;
    }
}
