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
    public bool MayIncludeBelow(string folder)
    {
        if (IsEverything || Array.Exists(patterns, p => p.MayMatchBelow(folder))) return true;
        string prefix = folder.EndsWith('/') ? folder : folder + "/";
        foreach (string literal in literals)
        {
            if (literal.StartsWith(prefix, comparison)) return true;
        }

        return false;
    }
}
