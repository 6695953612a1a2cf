using BackupPS.Benchmarks.DataSets;

namespace BackupPS.Benchmarks.Commands;

/// <summary>The options that say where data sets come from; several commands share them.</summary>
internal static class DataOptions
{
    public static IReadOnlyList<string> Names { get; } = ["data", "linux-source", "linux-archive", "scale", "seed"];

    /// <summary>The folder that the options name.</summary>
    public static DataFolder Read(Options options)
    {
        if (!OperatingSystem.IsLinux()) throw new BenchmarkException("The comparison runs on Linux only: it measures with wait4 and /proc, and makes its files with e2fsprogs.");
        string folder = options.Folder("data", Path.Combine(Checkout.Root, "out", "bench", "data"));
        string scratch = Path.Combine(folder, "scratch");
        Directory.CreateDirectory(scratch);
        string? tree = options.Find("linux-source") ?? Variable("BACKUPPS_BENCH_LINUX_SOURCE");
        var linux = new LinuxSource(Path.Combine(folder, "linux"), tree, options.Find("linux-archive") ?? Variable("BACKUPPS_BENCH_LINUX_ARCHIVE"));
        return new DataFolder(folder, new DataOrigin((ulong)options.Count("seed", 1), options.Fraction("scale", 1), linux, scratch));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
