namespace BackupPS.Benchmarks;

/// <summary>Where the parts of the checkout are that this program was built in.</summary>
internal static class Checkout
{
    /// <summary>The folder with BackupPS.psd1, above this program.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The package that <c>./build.ps1 -Task Pack</c> leaves: what users run is what is measured.</summary>
    public static string Module => Path.Combine(Root, "out", "BackupPS", "BackupPS.psd1");

    public static string Project => Path.Combine(Root, "tests", "Benchmarks");

    public static string Results => Path.Combine(Project, "results");

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "BackupPS.psd1"))) return folder.FullName;
        }

        throw new BenchmarkException("The benchmark runs from a checkout of BackupPS; there is no BackupPS.psd1 above it.");
    }
}
