namespace BackupPS.Engine.Operations.Backup;

/// <summary>Absolute paths of sources as text: segments joined by <c>/</c>, on Unix with one in front, on Windows with the drive in front.</summary>
internal static class SourcePath
{
    /// <summary>Path of the root of all paths: what the root tree stands for.</summary>
    public static string Root => OperatingSystem.IsWindows() ? "" : "/";

    public static string Join(string folder, string name) => folder.Length == 0 ? name : folder.EndsWith('/') ? folder + name : $"{folder}/{name}";

    /// <summary>The segments of a path. A trailing separator, empty segments and <c>.</c> drop out; <c>..</c> goes up.</summary>
    /// <exception cref="BackupException">The path is not absolute (<see cref="BackupError.InvalidArgument"/>).</exception>
    public static string[] Split(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string text = OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;
        bool absolute = OperatingSystem.IsWindows() ? text.Length >= 2 && text[1] == ':' : text.StartsWith('/');
        if (!absolute || text.Contains('\0', StringComparison.Ordinal)) throw new BackupException(BackupError.InvalidArgument, $"'{PathText.ToDisplay(path)}' is not an absolute path.", path);
        var segments = new List<string>();
        foreach (string segment in text.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".") continue;
            if (segment != "..") segments.Add(segment);
            else if (segments.Count > 0) segments.RemoveAt(segments.Count - 1);
        }

        return [.. segments];
    }

    /// <summary>The path of these segments.</summary>
    public static string Combine(IEnumerable<string> segments) => OperatingSystem.IsWindows() ? string.Join('/', segments) : "/" + string.Join('/', segments);

    /// <summary>The form in which snapshots keep a path.</summary>
    public static string Normalize(string path) => Combine(Split(path));
}
