using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Where in the file system a restore writes: what is neither in it, nor above or below it, does not concern it.</summary>
internal sealed class RestoreArea
{
    private readonly string[] paths;

    /// <param name="destination">The folder that receives the items.</param>
    /// <param name="sources">Absolute paths, on the source, of what is restored, with all below them.</param>
    public RestoreArea(string destination, IReadOnlyList<string> sources)
    {
        string top = SourcePath.Normalize(destination);

        // On Windows the drive of a source becomes a folder.
        paths = [.. sources.Select(s => SourcePath.Join(top, SourcePath.Normalize(s).TrimStart('/').Replace(":", "", StringComparison.Ordinal)).TrimEnd('/'))];
    }

    /// <summary>What of a snapshot a request restores: the paths that it names, or all sources.</summary>
    public static IReadOnlyList<string> SourcesOf(RestoreRequest request, SnapshotRecord record) =>
        request.Path.Count == 0 && request.LiteralPath.Count > 0 ? request.LiteralPath : [.. record.Source.Select(PathText.Unescape)];

    /// <summary>Whether two restores write to one place.</summary>
    public bool Overlaps(RestoreArea other) => Array.Exists(paths, p => Array.Exists(other.paths, o => Holds(p, o) || Holds(o, p)));

    private static bool Holds(string folder, string path) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/');
}
