using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Which items of a snapshot are wanted: those that match a pattern, those that are named, and all that is below them.</summary>
internal sealed class ItemSelection
{
    private readonly PathPattern[] patterns;
    private readonly HashSet<string> literals;
    private readonly HashSet<string> missing;
    private readonly StringComparison comparison;
    private bool patternMatched;

    /// <param name="patterns">Glob patterns.</param>
    /// <param name="literals">Exact paths.</param>
    /// <param name="ignoreCase">Whether this platform compares names without case.</param>
    public ItemSelection(IReadOnlyList<string> patterns, IReadOnlyList<string> literals, bool ignoreCase)
    {
        comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        this.patterns = [.. patterns.Select(p => PathPattern.Parse(p, ignoreCase, OperatingSystem.IsWindows()))];
        this.literals = new HashSet<string>(literals.Select(SourcePath.Normalize), StringComparer.FromComparison(comparison));
        missing = new HashSet<string>(this.literals, this.literals.Comparer);
    }

    public bool IsEverything => (patterns.Length == 0 && literals.Count == 0) || literals.Contains(SourcePath.Root);

    /// <summary>Paths that were named and have not been met.</summary>
    public IReadOnlyCollection<string> Missing => IsEverything ? [] : missing;

    /// <summary>Whether there are patterns, and nothing has matched one.</summary>
    public bool PatternsMatchedNothing => patterns.Length > 0 && !patternMatched;

    /// <summary>Whether the item itself is wanted.</summary>
    public bool Includes(string path, bool isFolder)
    {
        if (IsEverything) return true;
        bool named = literals.Contains(path) && (missing.Remove(path) || true);
        bool matched = Array.Exists(patterns, p => p.Matches(path, isFolder));
        patternMatched |= matched;
        return named || matched;
    }

    /// <summary>Whether something below a folder may be wanted.</summary>
    public bool MayIncludeBelow(string folder) => IsEverything || Array.Exists(patterns, p => p.MayMatchBelow(folder)) || HasBelow(literals, folder);

    /// <summary>Whether some path that was named has not been met.</summary>
    public bool Misses => missing.Count > 0 && !IsEverything;

    /// <summary>An item that is wanted anyway, with the folder that it is in, may be named as well.</summary>
    public void Meet(string path) => missing.Remove(path);

    /// <summary>Whether a path that was named, and has not been met, lies below a folder.</summary>
    public bool MissesBelow(string folder) => Misses && HasBelow(missing, folder);

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
