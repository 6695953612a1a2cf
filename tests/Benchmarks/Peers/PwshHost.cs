using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Peers;

/// <summary>PowerShell as a scheduler starts it, and the empty one that is subtracted.</summary>
internal static class PwshHost
{
    public const string Program = "pwsh";

    /// <summary>What the host itself costs.</summary>
    public static Launch Empty { get; } = new(Program, "-NoProfile", "-Command", "1");

    public static Launch Start(string command) => new(Program, "-NoProfile", "-NonInteractive", "-Command", command);
}
