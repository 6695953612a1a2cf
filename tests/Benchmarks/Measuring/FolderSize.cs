namespace BackupPS.Benchmarks.Measuring;

/// <summary>Sums files.</summary>
internal static class FolderSize
{
    /// <summary>Bytes in all files below a folder.</summary>
    public static long Of(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Sum(static f => f.Length);
}
