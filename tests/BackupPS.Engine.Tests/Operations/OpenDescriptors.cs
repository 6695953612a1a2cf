namespace BackupPS.Engine.Tests.Operations;

/// <summary>What this process has open.</summary>
internal static class OpenDescriptors
{
    /// <summary>Paths below a folder that are open now; none where the system does not tell.</summary>
    public static IReadOnlyList<string> Below(string folder)
    {
        if (!OperatingSystem.IsLinux()) return [];

        // Those of other tests come and go meanwhile.
        return [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(static fd => new FileInfo(fd).LinkTarget ?? "").Where(target => target.StartsWith(folder + "/", StringComparison.Ordinal) || target == folder)];
    }
}
