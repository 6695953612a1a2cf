namespace BackupPS.Cmdlets;

/// <summary>The sources of one backup: a folder and what lies in it count once.</summary>
internal sealed class SourceSet
{
    private const FileAttributes Missing = (FileAttributes)(-1);

    private readonly List<string> ordered = [];
    private readonly HashSet<string> known = new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    /// <summary>Adds an absolute path; <see langword="false"/> when it is there already.</summary>
    internal bool Add(string path)
    {
        if (!known.Add(path)) return false;
        ordered.Add(path);
        return true;
    }

    /// <summary>The paths in the order in which they came, without those below another.</summary>
    /// <remarks>
    /// A link is saved as a link. In one snapshot nothing can lie below it too, so what was listed below it is saved where it really is.
    /// </remarks>
    internal IReadOnlyList<string> ToSources()
    {
        var above = new Dictionary<string, FileAttributes>(known.Comparer);
        for (int i = 0; i < ordered.Count; i++)
        {
            // What is added here is looked at in its turn.
            if (FindAbove(ordered[i], above, FileAttributes.ReparsePoint) is { } link && RealPath(link, ordered[i]) is { } real) Add(real);
        }

        return [.. ordered.Where(path => FindAbove(path, above, FileAttributes.Directory | FileAttributes.ReparsePoint) is null)];
    }

    private static string? RealPath(string link, string path)
    {
        try
        {
            return new DirectoryInfo(link).ResolveLinkTarget(returnFinalTarget: true) is { } target ? Path.GetFullPath(Path.GetRelativePath(link, path), target.FullName) : null;
        }
        catch (IOException)
        {
            // A circle of links: nothing is really there.
            return null;
        }
    }

    // The nearest listed path above this one that is a folder or a link, as asked for.
    private string? FindAbove(string path, Dictionary<string, FileAttributes> seen, FileAttributes wanted)
    {
        for (string? folder = Path.GetDirectoryName(path); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            if (!known.Contains(folder)) continue;
            if (!seen.TryGetValue(folder, out FileAttributes attributes)) seen.Add(folder, attributes = new FileInfo(folder).Attributes);
            if (attributes != Missing && (attributes & wanted) != 0) return folder;
        }

        return null;
    }
}
