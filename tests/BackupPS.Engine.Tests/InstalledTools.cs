namespace BackupPS.Engine.Tests;

/// <summary>The programs of the system that tests call; tests/tools.txt names them and the packages that have them.</summary>
internal static class InstalledTools
{
    /// <summary>What is not installed and why that matters, or null where nothing is lacking.</summary>
    public static string? Lacking(params string[] programs)
    {
        string[] absent = [.. programs.Where(static p => !Has(p))];
        return absent.Length == 0 ? null : $"Not installed: {string.Join(", ", absent)}.";
    }

    private static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => folder.Length > 0 && (File.Exists(Path.Join(folder, program)) || (OperatingSystem.IsWindows() && File.Exists(Path.Join(folder, program + ".exe")))));
}
