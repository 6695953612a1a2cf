using BackupPS.Benchmarks.Peers;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>Describes the machine and the checkout.</summary>
internal static class Machine
{
    /// <param name="command">The command line.</param>
    /// <param name="folder">A folder on the disk that is used.</param>
    /// <param name="scale">Share of the full size of the data sets.</param>
    /// <param name="peers">The programs.</param>
    public static RunInfo Describe(string command, string folder, double scale, IEnumerable<IPeer> peers)
    {
        var versions = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (IPeer peer in peers) versions[peer.Name] = peer.Version;
        versions[".NET"] = Environment.Version.ToString();
        versions["PowerShell"] = ProcessRunner.Run(new Launch(PwshHost.Program, "-NoProfile", "-Command", "$PSVersionTable.PSVersion.ToString()")).Trim();
        return new RunInfo
        {
            Started = DateTime.UtcNow,
            Command = command,
            Commit = Commit(),
            Processor = Field("/proc/cpuinfo", "model name"),
            Processors = Environment.ProcessorCount,
            Memory = long.Parse(Field("/proc/meminfo", "MemTotal").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) * 1024,
            Kernel = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            FileSystem = ProcessRunner.Run(new Launch("findmnt", "-n", "-o", "FSTYPE", "-T", folder)).Trim(),
            Scale = scale,
            Versions = versions,
        };
    }

    private static string Commit()
    {
        try
        {
            string commit = ProcessRunner.Run(new Launch("git", "-C", Checkout.Root, "rev-parse", "--short=12", "HEAD")).Trim();
            // What is measured is the source; results are written as it is measured.
            string changes = ProcessRunner.Run(new Launch("git", "-C", Checkout.Root, "status", "--porcelain", "--", "src")).Trim();
            return changes.Length == 0 ? commit : commit + "+";
        }
        catch (BenchmarkException)
        {
            return "not a git checkout";
        }
    }

    private static string Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() : "unknown";
}
