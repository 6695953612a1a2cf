using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Sources;

/// <summary>Decides which items of the sources are saved.</summary>
internal sealed class SourceFilter
{
    private readonly IFileSystem _fileSystem;
    private readonly PathPattern[] _include;
    private readonly PathPattern[] _exclude;

    /// <summary>Reads the rules.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/>: a pattern or the limit cannot be used.</exception>
    public SourceFilter(FilterRules rules, IFileSystem fileSystem)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (rules.ExcludeLargerThan < 0) throw new BackupException(BackupError.InvalidArgument, "The size limit cannot be negative.");
        Rules = rules;
        _fileSystem = fileSystem;
        IgnoresCase = fileSystem.IgnoresCase;
        _include = [.. rules.Include.Select(Parse)];
        _exclude = [.. rules.Exclude.Select(Parse)];
    }

    private PathPattern Parse(string pattern) => PathPattern.Parse(pattern, IgnoresCase, OperatingSystem.IsWindows());

    /// <summary>The rules that were read.</summary>
    public FilterRules Rules { get; }

    /// <summary>Whether names are compared without case.</summary>
    public bool IgnoresCase { get; }

    /// <summary>Whether there are patterns, for which paths are needed everywhere.</summary>
    public bool HasPatterns => _include.Length > 0 || _exclude.Length > 0;

    /// <summary>Paths on which something is mounted.</summary>
    public IReadOnlySet<string> FindMountPoints() => _fileSystem.FindMountPoints();

    /// <summary>Begins with a source: its item itself is decided in the scope that this returns. Ignore files above it are not read.</summary>
    public FilterScope Begin(string sourcePath, in ItemInfo sourceInfo) => new(this, sourcePath, sourceInfo);

    /// <summary>Whether an Exclude pattern names an item.</summary>
    public bool IsExcluded(string path, bool isFolder)
    {
        foreach (PathPattern pattern in _exclude)
        {
            if (pattern.Matches(path, isFolder)) return true;
        }

        return false;
    }

    /// <summary>Whether an Include pattern names an item, or there are none.</summary>
    public bool IsIncluded(string path, bool isFolder)
    {
        foreach (PathPattern pattern in _include)
        {
            if (pattern.Matches(path, isFolder)) return true;
        }

        return _include.Length == 0;
    }

    /// <summary>The same, or one names a folder that the item is in.</summary>
    public bool IsIncludedOrBelow(string path, bool isFolder)
    {
        foreach (PathPattern pattern in _include)
        {
            if (pattern.MatchesOrIsBelow(path, isFolder)) return true;
        }

        return _include.Length == 0;
    }
}
