using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Peers;

/// <summary>PowerShell as a scheduler starts it, and the empty one that is subtracted.</summary>
internal static class PwshHost
{
    /// <summary>A PowerShell that is precompiled as the shipped ones are. The one that is a .NET tool is not: it takes 0.4 s longer to start.</summary>
    public static string Program { get; } = Find();

    /// <summary>What the host itself costs.</summary>
    public static Launch Empty { get; } = new(Program, "-NoProfile", "-Command", "1");

    public static Launch Start(string command) => new(Program, "-NoProfile", "-NonInteractive", "-Command", command);

    private static string Find()
    {
        string program = Path.Combine(Checkout.Root, "out", "pwsh", "pwsh");
        return File.Exists(program) ? program : throw new BenchmarkException($"There is no {program}: './build.ps1 -Task Bench' makes it, and the package that is measured.");
    }
}
