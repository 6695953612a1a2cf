using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Commands;

/// <summary>Writes the page of results.</summary>
internal static class ReportCommand
{
    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, "results", "output");
        string place = options.Folder("results", Checkout.Results);
        string output = options.Folder("output", Path.Combine(Checkout.Project, "RESULTS.md"));
        string[] files = File.Exists(place) ? [place] : Directory.Exists(place) ? [.. Directory.GetFiles(place, "*.json").Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0) throw new BenchmarkException($"There are no results in '{place}'.");
        var all = new ResultFile();
        // By name: what a later file measured again replaces the earlier.
        foreach (string file in files) all.Merge(ResultFile.Load(file));
        File.WriteAllText(output, new Report(all).Write());
        Console.WriteLine($"Written: {output}");
    }
}
