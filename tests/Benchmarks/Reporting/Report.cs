using System.Globalization;
using System.Text;
using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>The page of results, made from raw ones alone.</summary>
internal sealed class Report(ResultFile results)
{
    private readonly Figures figures = new(results);
    private readonly StringBuilder page = new();

    public string Write()
    {
        page.Append("""
            # Results of the benchmark

            Made by `dotnet run -c Release --project tests/Benchmarks -- report` from the raw results in `results/`; not edited by hand.
            `./build.ps1 -Task Bench` measures and writes everything anew.


            """.ReplaceLineEndings("\n"));
        WriteRuns();
        WriteTargets();
        foreach (string name in DataSetNames.InOrder) WriteDataSet(name);
        WriteStartup();
        WriteKernels();
        return page.ToString().TrimEnd() + "\n";
    }

    private void WriteRuns()
    {
        Section("What was measured, where, and how");
        // Every run that something on this page comes from; runs of the same setting share a line.
        HashSet<int> used = [.. results.Samples.Select(static s => s.Run), .. results.Kernels.Select(static k => k.Run)];
        foreach (RunInfo run in results.Runs.Where((_, i) => used.Contains(i)))
        {
            string versions = string.Join(", ", run.Versions.Select(static v => $"{v.Key} {v.Value}"));
            Line($"- `{run.Command}`, {run.Started:yyyy-MM-dd HH:mm} UTC, commit {run.Commit}: {run.Processors} processors ({run.Processor}), {Gigabytes(run.Memory)} of memory, Linux {run.Kernel}, {run.FileSystem}; {versions}{(run.Scale < 1 ? $"; DATA SETS AT {run.Scale} OF THEIR SIZE" : "")}");
        }

        page.Append("""

            Each line of a table is a whole process, the median of its rounds with the smallest and largest in brackets. Peers take turns within each
            round, on the same disk and the same files, which are in the page cache as far as memory goes; dirty pages are written back, and free memory
            is taken and freed once (a virtual machine gives it back to its host), before each process; making an empty repository and clearing a target are not timed. *net* is the whole process less the median of an empty
            `pwsh -NoProfile -Command 1` of the same rounds, and for programs outside of pwsh the same as *whole*; ratios are of *net*. *engine alone* is the
            same engine without PowerShell. CPU is user and system time, children included. RSS and RssAnon are peaks; RssAnon is sampled every 10 ms
            (*net*: over that of the empty pwsh). restic has its defaults, borg `zstd,3` and `repokey`; files with holes are restored by both with
            `--sparse`. Restores of the first round are compared with the source by `rsync -naicHAX`.


            """.ReplaceLineEndings("\n"));
    }

    private void WriteTargets()
    {
        Section("What must be reached");
        var table = new MarkdownTable("what", "limit", "measured", "reached");
        foreach (Target target in TargetList.Evaluate(results))
        {
            table.Add(target.What, Number(target.Limit, target.Format), target.Measured is { } value ? Number(value, target.Format) : "-", target.Verdict);
        }

        Line($"{table}");
    }

    private void WriteDataSet(string dataSet)
    {
        if (results.DataSets.Find(d => d.Name == dataSet) is not { } size) return;
        Section(size.Title);
        Line($"{size.Files.ToString("n0", CultureInfo.InvariantCulture)} files in {size.Folders.ToString("n0", CultureInfo.InvariantCulture)} folders, {Gigabytes(size.Bytes)}.\n");
        var times = new MarkdownTable("operation", "program", "whole s", "net s", "/ restic", "/ borg", "CPU s", "RSS MB", "RssAnon MB", "net MB");
        var sizes = new MarkdownTable("backup", "program", "repository MB", "added MB", "added / restic's");
        foreach (string operation in OperationNames.All)
        {
            foreach (string peer in PeerNames.InOrder)
            {
                if (figures.Find(dataSet, operation, peer, static s => s.Wall) is not { } wall) continue;
                bool host = peer == PeerNames.EmptyHost;
                times.Add(
                    OperationNames.Title(operation),
                    peer,
                    Spread(wall),
                    host ? "" : Number(figures.Wall(dataSet, operation, peer), "f2"),
                    host ? "" : Number(figures.Ratio(dataSet, operation, peer, PeerNames.Restic), "f2"),
                    host ? "" : Number(figures.Ratio(dataSet, operation, peer, PeerNames.Borg), "f2"),
                    Number(figures.Median(dataSet, operation, peer, static s => s.User + s.System), "f2"),
                    Number(figures.Median(dataSet, operation, peer, static s => s.Rss) / 1e6, "f0"),
                    Number(figures.Median(dataSet, operation, peer, static s => s.Anon) / 1e6, "f0"),
                    host ? "" : Number(figures.Anonymous(dataSet, operation, peer) / 1e6, "f0"));
                if (figures.Median(dataSet, operation, peer, static s => s.Added) is not { } added) continue;
                sizes.Add(
                    OperationNames.Title(operation),
                    peer,
                    Number(figures.Median(dataSet, operation, peer, static s => s.Repository) / 1e6, "f1"),
                    Number(added / 1e6, "f3"),
                    Number(added / figures.Median(dataSet, operation, PeerNames.Restic, static s => s.Added), "f2"));
            }
        }

        Line($"{times}");
        Line($"{sizes}");
    }

    private void WriteStartup()
    {
        if (!results.Samples.Exists(static s => s.DataSet == DataSetNames.Prompt)) return;
        Section("At the prompt, with a repository of 5,000 snapshots");
        var table = new MarkdownTable("what", "s", "over the empty pwsh s");
        foreach (string what in PromptFigures.InOrder)
        {
            foreach (string peer in new[] { PeerNames.Ours, PeerNames.Prompt })
            {
                if (figures.Find(DataSetNames.Prompt, what, peer, static s => s.Wall) is not { } wall) continue;
                table.Add(what, Spread(wall, "f3"), peer == PeerNames.Ours ? Number(figures.Wall(DataSetNames.Prompt, what, peer), "f3") : "");
            }
        }

        Line($"{table}");
    }

    private void WriteKernels()
    {
        if (results.Kernels.Count == 0) return;
        Section("Kernels, one thread");
        var table = new MarkdownTable("kernel", "each", "rate", "budget of section 9", "allocated per call");
        foreach (KernelFigure figure in results.Kernels.OrderBy(static k => k.Kernel, StringComparer.Ordinal))
        {
            double each = figure.Nanoseconds / figure.Units;
            bool bytes = figure.Unit == "byte";
            table.Add(
                figure.Kernel,
                bytes ? "" : figure.Nanoseconds >= 1e8 * figure.Units ? $"{Number(each / 1e9, "f3")} s per {figure.Unit}" : $"{Number(each, "f1")} ns per {figure.Unit}",
                bytes ? $"{Number(1 / each, "f2")} GB/s" : figure.Nanoseconds >= 1e8 * figure.Units ? "" : $"{Number(1e3 / each, "f1")} million/s",
                figure.Budget,
                $"{figure.Allocated.ToString("n0", CultureInfo.InvariantCulture)} B");
        }

        Line($"{table}");
    }

    private void Section(string title) => Line($"## {title}\n");

    private void Line(FormattableString text) => page.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Spread(Statistics value, string format = "f2") => $"{Number(value.Median, format)} [{Number(value.Minimum, format)}-{Number(value.Maximum, format)}]";

    private static string Number(double? value, string format) => value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) : "-";

    private static string Gigabytes(long bytes) => Number(bytes / 1e9, "f2") + " GB";
}
