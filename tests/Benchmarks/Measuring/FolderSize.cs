using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>Sums files.</summary>
internal static class FolderSize
{
    /// <summary>Bytes in all files below a folder.</summary>
    public static long Of(string folder) => TreeWalk.Items(folder).Sum(static i => i.Length);
}
