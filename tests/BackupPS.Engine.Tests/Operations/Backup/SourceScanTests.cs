using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Sources;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>The scan runs ahead of the walk: how far, and what becomes of it when the run ends early.</summary>
public sealed class SourceScanTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task It_begins_before_the_repository_is_opened_and_ends_with_a_run_that_fails()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 50; i++) bench.Write($"d{i}/f", $"content {i}");
        using var scanning = new ManualResetEventSlim();
        bench.Hooks.ReadNames = path =>
        {
            // A fault that a run without a walk must not tell.
            if (path.EndsWith("/d7", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
            if (path.EndsWith("/d9", StringComparison.Ordinal)) scanning.Set();
        };
        bool began = false;
        BackupEngine engine = bench.CreateEngine("home", _ =>
        {
            began = scanning.Wait(Long);
            throw new StoreException(StoreFailure.Unreachable, "Injected: the store is away.");
        });
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.BackupAsync(engine: engine));
        Assert.Equal(BackupError.StoreUnreachable, e.Error);
        Assert.True(began);
        Assert.Empty(bench.Faults);
        Assert.Empty(OpenDescriptors.Below(bench.Source));

        bench.Hooks.ReadNames = null;
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
    }

    [Fact]
    public async Task A_run_that_ends_stops_it_while_it_waits_for_room()
    {
        var endless = new EndlessFolder();
        SourceScan scan = Start(endless);
        await UntilAsync(() => scan.Ahead >= ScanQueue.MaximumAhead);
        await scan.DisposeAsync();
        Assert.True(endless.Closed);
    }

    [Fact]
    public async Task What_waits_is_bounded_and_less_once_there_is_somebody_to_take_it()
    {
        var endless = new EndlessFolder();
        await using SourceScan scan = Start(endless);
        await UntilAsync(() => scan.Ahead >= ScanQueue.MaximumAhead);
        int looked = endless.Looked;
        await Task.Delay(100);
        Assert.InRange(endless.Looked, looked, looked + ScanBatch.Capacity);
        const int Most = ScanQueue.MaximumAhead + (1024 * 1024);
        Assert.InRange(scan.Ahead, ScanQueue.MaximumAhead, Most);

        // One folder for each level above it, then as many items as there have been.
        int taken = 0;
        while (taken < looked)
        {
            ScannedFolder run = scan.Next(default);
            taken += run.Count;
            Assert.InRange(scan.Ahead, 0, Most);
            scan.Return(run);
        }

        await UntilAsync(() => scan.Ahead >= ScanQueue.UsualAhead);
        await Task.Delay(100);
        Assert.InRange(scan.Ahead, ScanQueue.UsualAhead, ScanQueue.UsualAhead + (1024 * 1024));
    }

    [Fact]
    public async Task A_cancellation_reaches_it_while_it_waits_and_whoever_waits_for_it()
    {
        using var stop = new CancellationTokenSource();
        var silent = new EndlessFolder { Blocks = true };
        await using SourceScan scan = Start(silent, stop.Token);
        Task taking = Task.Run(() =>
        {
            while (true) scan.Return(scan.Next(stop.Token));
        });
        await UntilAsync(() => silent.IsBlocked);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking.WaitAsync(Long));
        silent.Blocks = false;
    }

    [Fact]
    public async Task A_folder_that_is_gone_when_it_is_opened_again_costs_its_items_and_not_the_run()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("kept", "kept");
        bench.Write("big/000" + string.Concat(Enumerable.Repeat("/d", 40)) + "/f", "deep");
        for (int i = 100; i < 500; i++) bench.Write($"big/{i}", "x");
        int opened = 0;
        bench.Hooks.OpenFolder = path =>
        {
            if (path.EndsWith("/big", StringComparison.Ordinal) && ++opened == 2) throw FileSystemHooks.Fail(PlatformFailure.NotFound);
        };
        BackupResult result = await bench.BackupAsync();

        // The first 256 names had been looked at; of the others each is told.
        Assert.Equal(("Incomplete", 401 - 256), (result.Status, result.FaultCount));
        Assert.All(bench.Faults, static f => Assert.Equal(BackupError.SourceVanished, f.Error));
        bench.Hooks.OpenFolder = null;
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
        await bench.RestoreAsync((await bench.ListSnapshotsAsync()).OrderBy(static s => s.Time).Last().SnapshotId, "out");
        Assert.Equal("", await Shell.RunAsync($"diff -r source '{bench.Restored("out")}'", bench.Folder));
    }

    private static SourceScan Start(EndlessFolder folder, CancellationToken cancellationToken = default) =>
        SourceScan.Start(folder, new SourceFilter(FilterRules.None, folder), SourceNode.Build([OperatingSystem.IsWindows() ? "C:/endless" : "/endless"]), readsAttributes: true, cancellationToken);

    private static async Task UntilAsync(Func<bool> condition)
    {
        DateTime end = DateTime.UtcNow + Long;
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "It takes too long.");
            await Task.Delay(5);
        }
    }
}
