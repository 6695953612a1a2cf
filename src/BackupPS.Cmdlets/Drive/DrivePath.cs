using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A path of the Backup: drive: repository, policy, snapshot, and the names that lead to an item from the root of the source.</summary>
internal sealed class DrivePath
{
    /// <summary>The folder of snapshots that no policy made: a policy's name cannot begin with a dot.</summary>
    internal const string AdHoc = ".adhoc";

    /// <summary>The name that stands for the latest snapshot of a policy.</summary>
    internal const string Latest = "latest";

    /// <summary>What the paths begin with that PowerShell gives items.</summary>
    internal const string ProviderPrefix = @"BackupPS\Backup::";

    private const int LevelsAbove = 3;

    private static readonly char[] Separators = ['/', '\\'];

    private readonly string[] segments;

    private string[]? names;

    private DrivePath(string[] segments) => this.segments = segments;

    /// <summary>Both separators part; <c>.</c> and <c>..</c> are resolved.</summary>
    internal static DrivePath Parse(string path)
    {
        var segments = new List<string>();
        foreach (string segment in path.Split(Separators, StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".") continue;
            if (segment != "..") segments.Add(segment);
            else if (segments.Count > 0) segments.RemoveAt(segments.Count - 1);
        }

        return new DrivePath([.. segments]);
    }

    /// <summary>The last part, as it stands in the path.</summary>
    internal string Name => segments[^1];

    /// <summary>The repository's folder.</summary>
    internal DrivePath Top => new(segments[..1]);

    internal bool IsRoot => segments.Length == 0;

    internal bool IsRepository => segments.Length == 1;

    internal bool IsPolicy => segments.Length == 2;

    internal bool IsSnapshot => segments.Length == LevelsAbove;

    /// <summary>The repository's name.</summary>
    internal string Repository => PathSegment.Unescape(segments[0]);

    /// <summary>The policy's name; empty for <see cref="AdHoc"/>.</summary>
    internal string Policy => ToPolicy(PathSegment.Unescape(segments[1]));

    /// <summary>What names the snapshot: its name on the drive, its id or the beginning of it, or <see cref="Latest"/>.</summary>
    internal string Snapshot => segments[2];

    /// <summary>Whether it means whichever snapshot is the latest.</summary>
    internal bool IsLatest => string.Equals(Snapshot, Latest, StringComparison.OrdinalIgnoreCase);

    /// <summary>The names that lead to the item; none for a snapshot and what is above it.</summary>
    internal IReadOnlyList<string> Names => names ??= segments.Length > LevelsAbove ? Array.ConvertAll(segments[LevelsAbove..], PathSegment.Unescape) : [];

    /// <summary>The path on the source of an item that is named by its whole path on the drive; another path as it is.</summary>
    internal static string ToSource(string path)
    {
        if (!path.StartsWith(ProviderPrefix, StringComparison.OrdinalIgnoreCase)) return path;
        return (OperatingSystem.IsWindows() ? "" : "/") + string.Join('/', Parse(path[ProviderPrefix.Length..]).Names);
    }

    /// <summary>The name of a policy as it stands in objects, from one that a user wrote.</summary>
    internal static string ToPolicy(string text) => string.Equals(text, AdHoc, StringComparison.OrdinalIgnoreCase) ? "" : text;

    /// <summary>The path with the snapshot's id in place of <c>latest</c>, so that what was found is still found when there is a later one.</summary>
    internal DrivePath Pin(string snapshotId) => IsLatest ? new([.. segments[..2], snapshotId, .. segments[LevelsAbove..]]) : this;

    /// <summary>The path of something in this folder.</summary>
    internal DrivePath Child(string name) => new([.. segments, PathSegment.Escape(name)]);

    /// <summary>The path of an item in the snapshot that this path leads to or into.</summary>
    /// <param name="path">Its path on the source, which is divided by slashes alone.</param>
    internal DrivePath Item(string path) => new([.. segments[..LevelsAbove], .. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(PathSegment.Escape)]);

    /// <summary>As PowerShell has it, without the drive.</summary>
    public override string ToString() => string.Join(System.IO.Path.DirectorySeparatorChar, segments);
}
