using System.Diagnostics;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Ctrl-C: ends within two seconds, leaves nothing visible, and the next run reuses what was uploaded.</summary>
public sealed class CancelledBackupTests
{
    private const int Seed = 99;

    [Fact]
    public async Task What_was_uploaded_before_a_cancellation_is_reused()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        await Shell.RunAsync("for i in {1..10}; do head -c 12000000 /dev/urandom > big$i; done", bench.Source);
        using var stop = new CancellationTokenSource();
        int packs = 0;
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, call =>
        {
            // With the third pack, two are stored for sure.
            if (call.Operation == StoreOperation.PutNew && call.Name.StartsWith("packs/", StringComparison.Ordinal) && Interlocked.Increment(ref packs) == 3) stop.Cancel();
            return FaultAction.None;
        }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.BackupAsync(engine: engine, cancellationToken: stop.Token));
        Assert.Empty(await bench.ListSnapshotsAsync());
        Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
        Assert.Equal("Cancelled", Assert.Single(await bench.Engine.GetRunsAsync(null, null, null, 0, default)).Status);
        BackupResult next = await bench.BackupAsync();
        Assert.Equal(120_000_000, next.BytesRead);
        Assert.InRange(next.BytesStored, 1, 120_000_000 - (2 * 25 << 20));
        await bench.RestoreAsync(next.SnapshotId, "out", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        Assert.Equal("", await Shell.RunAsync($"diff -r source '{bench.Restored("out")}'", bench.Folder));
    }

    [Fact]
    public async Task A_cancellation_at_any_moment_ends_soon_and_leaves_nothing_visible()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 3000; i++) bench.Write($"d{i % 50}/f{i}", $"content {i}");
        var random = new Random(Seed);

        // Moments of a run as long as this machine takes for one, with something to upload in each.
        await Shell.RunAsync("head -c 60000000 /dev/urandom > big", bench.Source);
        var whole = Stopwatch.StartNew();
        await bench.BackupAsync("Full");
        whole.Stop();
        int cancelled = 0;
        for (int i = 0; i < 15; i++)
        {
            await Shell.RunAsync("head -c 60000000 /dev/urandom > big", bench.Source);
            int before = (await bench.ListSnapshotsAsync()).Count;
            TimeSpan after = whole.Elapsed * random.NextDouble();
            using var stop = new CancellationTokenSource();
            var watch = new Stopwatch();
            Task<BackupResult> run = Task.Run(() => bench.BackupAsync("Full", cancellationToken: stop.Token));
            await Task.Delay(after);
            watch.Start();
            await stop.CancelAsync();
            try
            {
                await run;
            }
            catch (OperationCanceledException)
            {
                cancelled++;
                Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"It took {watch.Elapsed} to end, cancelled after {after} (seed {Seed}).");
                Assert.Equal(before, (await bench.ListSnapshotsAsync()).Count);
                Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
            }
        }

        Assert.InRange(cancelled, 1, 15);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
    }

    [Fact]
    public async Task After_a_run_that_was_given_up_no_folder_of_the_source_stays_open()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 400; i++) bench.Write($"d{i}/e/f", $"content {i}");
        using var stop = new CancellationTokenSource();
        IReadOnlyList<string> during = [];
        bench.Hooks.Read = (path, _) =>
        {
            if (!path.Contains("/d1/", StringComparison.Ordinal)) return;
            during = OpenDescriptors.Below(bench.Source);
            stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.BackupAsync(cancellationToken: stop.Token));
        Assert.True(during.Count > 0 || !OperatingSystem.IsLinux());
        Assert.Empty(OpenDescriptors.Below(bench.Source));
    }

    [Fact]
    public async Task A_cancellation_while_a_file_hangs_takes_effect_when_the_read_returns()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 100; i++) bench.Write($"f{i}", $"content {i}");
        using var stop = new CancellationTokenSource();
        bench.Hooks.Read = (_, _) =>
        {
            stop.Cancel();
            Thread.Sleep(100);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.BackupAsync(cancellationToken: stop.Token));
        Assert.InRange(bench.Hooks.Opened.Count, 1, bench.Workers);
        Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
    }
}
