using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Engine.Tests.Benchmarks;

public sealed class ReportTests
{
    [Fact]
    public void What_counts_is_the_median_less_that_of_the_empty_host()
    {
        var figures = new Figures(ThreeRounds());

        Assert.Equal(1.3, figures.Median("tree", "first", PeerNames.Ours, static s => s.Wall)!.Value, 6);
        Assert.Equal(1.0, figures.Wall("tree", "first", PeerNames.Ours)!.Value, 6);
        Assert.Equal(4.0, figures.Wall("tree", "first", PeerNames.Restic)!.Value, 6);
        Assert.Equal(0.25, figures.Ratio("tree", "first", PeerNames.Ours, PeerNames.Restic)!.Value, 6);
        Assert.Equal(100e6, figures.Anonymous("tree", "first", PeerNames.Ours));
        Assert.Null(figures.Ratio("tree", "first", PeerNames.Ours, PeerNames.Borg));
        Assert.Null(figures.Ratio("image", "first", PeerNames.Ours, PeerNames.Restic));
    }

    [Fact]
    public void A_target_is_reached_missed_or_not_measured()
    {
        IReadOnlyList<Target> targets = TargetList.Evaluate(ThreeRounds());

        Assert.Equal("yes", Assert.Single(targets, static t => t.What == "Trees: first backup, time / restic's").Verdict);
        Target size = Assert.Single(targets, static t => t.What == "Trees: size of the repository / restic's");
        Assert.Equal(1.0, size.Measured);
        Assert.Equal("no: 1.22 times the limit", size.Verdict);
        Assert.Equal("yes", Assert.Single(targets, static t => t.What == "Trees: peak RssAnon over the empty host, all operations, MB").Verdict);
        Assert.Equal("not measured", Assert.Single(targets, static t => t.What == "Trees: restore whole, time / restic's").Verdict);
        Assert.Equal("not measured", Assert.Single(targets, static t => t.What == "sparse: peak RssAnon over the empty host, all operations, MB").Verdict);
    }

    [Fact]
    public void Every_figure_of_the_page_comes_from_the_raw_results()
    {
        string page = new Report(ThreeRounds()).Write();

        Assert.Contains("| first backup | BackupPS | 1.30 [1.20-9.00] | 1.00 | 0.25 | - | 2.00 | 200 | 130 | 100 |", page, StringComparison.Ordinal);
        Assert.Contains("| first backup | restic | 4.00 [4.00-4.00] | 4.00 | 1.00 | - | 6.00 | 150 | 120 | 120 |", page, StringComparison.Ordinal);
        Assert.Contains("| first backup | BackupPS | 50.0 | 49.000 | 0.98 |", page, StringComparison.Ordinal);
        Assert.Contains("restic 0.19.1", page, StringComparison.Ordinal);
        Assert.Contains("`compare --sets tree`", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_later_file_replaces_what_it_measured_again_and_nothing_else()
    {
        ResultFile all = ThreeRounds();
        var later = new ResultFile();
        int run = later.Begin(Run("compare --peers restic"));
        later.Add(new Sample(run, "tree", "first", PeerNames.Restic, 1, 2, 1, 1, 1, 1));

        all.Merge(later);

        var figures = new Figures(all);
        Assert.Equal(2, figures.Wall("tree", "first", PeerNames.Restic));
        Assert.Equal(1.3, figures.Median("tree", "first", PeerNames.Ours, static s => s.Wall));
        Assert.Equal("compare --peers restic", all.Runs[all.Samples[^1].Run].Command);
    }

    [Fact]
    public void Results_come_back_from_their_file()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("benchmark-results-").FullName, "results.json");
        try
        {
            ResultFile all = ThreeRounds();
            all.Set(new KernelFigure(0, "chunker", "byte", 1024, "3.5 GB/s", 300, 1.5, 0));
            all.Save(path);

            ResultFile read = ResultFile.Load(path);

            Assert.Equal(all.Samples, read.Samples);
            Assert.Equal(all.DataSets, read.DataSets);
            Assert.Equal(all.Kernels, read.Kernels);
            Assert.Equal(new Report(all).Write(), new Report(read).Write());
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static ResultFile ThreeRounds()
    {
        var results = new ResultFile();
        int run = results.Begin(Run("compare --sets tree"));
        results.Set(new DataSetSize("tree", "Trees", 1000, 10, 5_000_000));
        double[] ours = [9, 1.3, 1.2];
        for (int round = 1; round <= 3; round++)
        {
            results.Add(new Sample(run, "tree", "first", PeerNames.EmptyHost, round, 0.3, 0.2, 0.1, 90_000_000, 30_000_000));
            results.Add(new Sample(run, "tree", "first", PeerNames.Ours, round, ours[round - 1], 1.5, 0.5, 200_000_000, 130_000_000, 50_000_000, 49_000_000));
            results.Add(new Sample(run, "tree", "first", PeerNames.Restic, round, 4, 5, 1, 150_000_000, 120_000_000, 50_000_000, 50_000_000));
        }

        return results;
    }

    private static RunInfo Run(string command) => new()
    {
        Started = DateTime.UnixEpoch,
        Command = command,
        Commit = "0123456789ab",
        Processor = "a processor",
        Processors = 2,
        Memory = 8_000_000_000,
        Kernel = "6.1",
        FileSystem = "ext4",
        Versions = new Dictionary<string, string> { ["restic"] = "0.19.1" },
    };
}
