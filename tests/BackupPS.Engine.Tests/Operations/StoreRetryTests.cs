using System.Diagnostics;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A network that blinks costs a run some time and nothing else; a store that is gone is told; Ctrl-C does not wait for either.</summary>
public sealed class StoreRetryTests
{
    private const int Seed = 17;

    // 200 times as fast: pauses of 10 s are 50 ms.
    private const int Speed = 200;

    [Fact]
    public async Task Every_operation_gets_over_a_store_that_fails_now_and_then()
    {
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(Speed));
        for (int i = 0; i < 20; i++) bench.Write($"d{i % 4}/f{i}", $"content {i}");
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        var random = new Random(Seed);
        var gate = new Lock();
        BackupEngine shaky = bench.CreateEngine("home", _ => new FaultyObjectStore(store, _ =>
        {
            lock (gate)
            {
                return random.Next(6) switch { 0 => FaultAction.FailBefore(), 1 => FaultAction.FailAfter(), _ => FaultAction.None };
            }
        }));
        await bench.AddPolicyAsync(verify: "Data");
        BackupResult result = await bench.RunPolicyAsync(engine: shaky);
        Assert.True((result.Status, result.Verification) == ("Complete", "Passed"), $"{result.Status}, seed {Seed}");
        RestoreResult restored = await shaky.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = result.SnapshotId, Destination = bench["out"], Verify = true }, bench.Callbacks, default);
        Assert.Equal(("Complete", 20), (restored.Status, restored.FilesRestored));
        Assert.Equal("", await Shell.RunAsync($"diff -r source '{bench.Restored("out")}'", bench.Folder));
        await shaky.UpdateSnapshotAsync(bench.Vault, result.SnapshotId, ["kept"], hold: false, null, default);
        Assert.Equal(["kept"], Assert.Single(await bench.ListSnapshotsAsync(shaky)).Tag);
        await shaky.RemoveSnapshotAsync(bench.Vault, result.SnapshotId, null, default);
        Assert.Empty(await bench.ListSnapshotsAsync());
        Assert.InRange(bench.Retries.Count, 10, int.MaxValue);
        Assert.Empty(bench.Faults);

        // Not one for each: a run opens its store once, or twice where it verifies, and warns once for each.
        Assert.InRange(bench.Warnings.Count(static w => w.Contains("tried again", StringComparison.Ordinal)), 1, 8);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_just_now_is_waited_for()
    {
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(Speed));
        bench.Write("f", "x");
        int opened = 0;
        BackupEngine engine = bench.CreateEngine("home", path => ++opened <= 3 ? throw new StoreException(StoreFailure.Transient, "Stale file handle.") : FolderObjectStore.Open(path));
        Assert.Equal("Complete", (await bench.BackupAsync(engine: engine)).Status);
        Assert.Equal(4, opened);
        Assert.Equal(3, bench.Retries.Count);
        Assert.Contains("Stale file handle", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Contains(bench.Vault, bench.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_at_a_repository_does_not_wait_for_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, static _ => FaultAction.FailBefore()));
        long began = Stopwatch.GetTimestamp();
        var found = new List<BackupRepository>();
        await foreach (BackupRepository repository in engine.GetRepositoriesAsync(default)) found.Add(repository);
        Assert.Equal(("vault", "Unreachable"), (Assert.Single(found).Name, found[0].Status));
        await Assert.ThrowsAsync<BackupException>(() => engine.GetRepositoryAsync("vault", default));
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_store_that_stays_away_is_told_with_how_long_it_was_waited_for()
    {
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(Speed, hurriesStopwatch: true));
        bench.Write("f", "x");
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        bool away = false;
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, call => (away |= call.Name.StartsWith("packs/", StringComparison.Ordinal)) ? FaultAction.FailBefore() : FaultAction.None));
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.BackupAsync(engine: engine));
        Assert.Equal(BackupError.StoreUnreachable, e.Error);
        Assert.Matches(@"It was tried \d+ times within \d+ s\.", e.Message);
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
    }

    // At the pause before: the session, a listing, a pack, the index, the commit; and what tidies up after the commit.
    [Theory]
    [InlineData("sessions/", StoreOperation.PutNew)]
    [InlineData("index/", StoreOperation.List)]
    [InlineData("packs/", StoreOperation.PutNew)]
    [InlineData("index/", StoreOperation.PutNew)]
    [InlineData("snapshots/", StoreOperation.PutNew)]
    [InlineData("sessions/", StoreOperation.Delete)]
    internal async Task Ctrl_C_in_a_pause_ends_the_backup_within_two_seconds(string prefix, StoreOperation operation)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, call => call.Operation == operation && call.Name.StartsWith(prefix, StringComparison.Ordinal) ? FaultAction.FailBefore() : FaultAction.None));
        using var stop = new CancellationTokenSource();
        var paused = new TaskCompletionSource();
        Task<BackupResult> run = engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault }, bench.Callbacks with { OnRetry = _ => paused.TrySetResult() }, stop.Token);
        await paused.Task;
        long began = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        if (operation == StoreOperation.Delete)
        {
            // The snapshot stands.
            Assert.Equal("Complete", (await run).Status);
            Assert.Contains(bench.Warnings, static w => w.Contains("session object could not be deleted", StringComparison.Ordinal));
        }
        else
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
            Assert.Empty(await bench.ListSnapshotsAsync());
        }

        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2), $"It took {Stopwatch.GetElapsedTime(began)}.");
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
    }

    [Fact]
    public async Task What_repeats_is_loaded_before_anything_fails()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        string Loaded(IReadOnlyList<string> lines) => Assert.Single(lines, static l => l.StartsWith("loaded ", StringComparison.Ordinal));
        IReadOnlyList<string> backup = await OperationsChild.RunAsync(bench, "backup", "loaded=Polly.Core");
        Assert.Equal("loaded True", Loaded(backup));
        string snapshot = Assert.Single(backup, static l => l.StartsWith("result Complete", StringComparison.Ordinal)).Split(' ')[2];
        Assert.Equal("loaded True", Loaded(await OperationsChild.RunAsync(bench, "restore", "snapshot=" + snapshot, "loaded=Polly.Core")));
        Assert.Equal("loaded True", Loaded(await OperationsChild.RunAsync(bench, "verify", "loaded=Polly.Core")));
        Assert.Equal("loaded False", Loaded(await OperationsChild.RunAsync(bench, "verify", "loaded=Nothing.Of.The.Kind")));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("restore")]
    [InlineData("verify")]
    public async Task A_process_without_descriptors_says_so(string operation)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupResult first = await bench.BackupAsync();
        bench.Write("g", "y");
        IReadOnlyList<string> said = await OperationsChild.RunAsync(bench, operation, "snapshot=" + first.SnapshotId, "exhaust=yes", "files=256", "speed=1000");
        Assert.DoesNotContain(said, static l => l.Contains("InternalError", StringComparison.Ordinal));
        string end = Assert.Single(said, static l => l.StartsWith("error", StringComparison.Ordinal) || l.StartsWith("result", StringComparison.Ordinal));
        Assert.Contains(end.Split(' ')[1], new[] { "StoreUnreachable", "SystemFailed", "WriteFailed", "DestinationUnusable", "Incomplete", "Failed", "NothingToBackUp" });
    }
}
