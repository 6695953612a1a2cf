using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// A path of the Backup: drive: repository, policy, a host where several save under the policy's name, snapshot, and the names that lead to an item from the
/// root of the source. What is below a policy and has not the form of a snapshot's name is a host; one whose name has it has an <c>@</c> before it.
/// </summary>
internal sealed class DrivePath
{
    /// <summary>The folder of snapshots that no policy made: a policy's name cannot begin with a dot.</summary>
    internal const string AdHoc = ".adhoc";

    /// <summary>The name that stands for the latest snapshot of a policy.</summary>
    internal const string Latest = "latest";

    /// <summary>What the paths begin with that PowerShell gives items.</summary>
    internal const string ProviderPrefix = @"BackupPS\Backup::";

    private const char HostMark = '@';

    private const int PolicyLevels = 2;

    // So short, letters from a to f are rather the name of a host: db, fe.
    private const int LeastDigits = 4;

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

    internal bool IsPolicy => segments.Length == PolicyLevels;

    /// <summary>Whether it leads to a host's folder, and not into it.</summary>
    internal bool IsHost => HasHost && segments.Length == PolicyLevels + 1;

    internal bool IsSnapshot => segments.Length == LevelsAbove;

    /// <summary>The repository's name.</summary>
    internal string Repository => PathSegment.Unescape(segments[0]);

    /// <summary>The policy's name; empty for <see cref="AdHoc"/>.</summary>
    internal string Policy => ToPolicy(PathSegment.Unescape(segments[1]));

    /// <summary>The host's name; empty where the path has none.</summary>
    internal string Host => HasHost ? PathSegment.Unescape(segments[PolicyLevels]) is [HostMark, .. var marked] ? marked : PathSegment.Unescape(segments[PolicyLevels]) : "";

    /// <summary>What names the snapshot: its name on the drive, its id or the beginning of it, or <see cref="Latest"/>.</summary>
    internal string Snapshot => segments[LevelsAbove - 1];

    private bool HasHost => segments.Length > PolicyLevels && !IsSnapshotName(segments[PolicyLevels]);

    private int LevelsAbove => PolicyLevels + (HasHost ? 2 : 1);

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
    internal DrivePath Pin(string snapshotId) => IsLatest ? new([.. segments[..(LevelsAbove - 1)], snapshotId, .. segments[LevelsAbove..]]) : this;

    /// <summary>The path of something in this folder.</summary>
    internal DrivePath Child(string name) => new([.. segments, PathSegment.Escape(name)]);

    /// <summary>The path of a host in the folder of a policy.</summary>
    internal DrivePath HostChild(string hostName) => Child(hostName is [HostMark, ..] || IsSnapshotName(PathSegment.Escape(hostName)) ? HostMark + hostName : hostName);

    /// <summary>The path of an item in the snapshot that this path leads to or into.</summary>
    /// <param name="path">Its path on the source, which is divided by slashes alone.</param>
    internal DrivePath Item(string path) => new([.. segments[..LevelsAbove], .. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(PathSegment.Escape)]);

    private static bool IsSnapshotName(string segment) =>
        string.Equals(segment, Latest, StringComparison.OrdinalIgnoreCase) || SnapshotNames.IsListed(segment) || (segment.Length >= LeastDigits && segment.All(char.IsAsciiHexDigit));

    /// <summary>As PowerShell has it, without the drive.</summary>
    public override string ToString() => string.Join(System.IO.Path.DirectorySeparatorChar, segments);
}
