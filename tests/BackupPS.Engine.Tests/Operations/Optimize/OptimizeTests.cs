using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Optimize;

/// <summary>Space comes back, nothing else goes, and whoever writes meanwhile is safe.</summary>
public sealed class OptimizeTests
{
    [Fact]
    public async Task What_a_removed_snapshot_alone_needed_goes_and_the_others_restore()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "stays", 300_000);
        BackupResult first = await bench.BackupAsync();
        await WriteRandomAsync(bench, "goes", 700_000);
        BackupResult second = await bench.BackupAsync();
        File.Delete(bench.Source + "/goes");
        BackupResult third = await bench.BackupAsync();
        long before = SizeOf(bench.Vault);
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, second.SnapshotId, null, default);

        OptimizePlan plan = await PlanAsync(bench);
        string[] packs = Packs(bench.Vault);
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.Equal("Complete", result.Status);
        Assert.Equal(2, result.SnapshotCount);
        Assert.Equal(plan.PacksRemoved.Length + plan.PacksRewritten.Length, result.PacksRemoved);
        Assert.Equal(plan.BytesRemoved + plan.BytesRewritten, result.BytesRemoved);
        Assert.Equal(plan.PacksRemoved.Concat(plan.PacksRewritten).Order(), packs.Except(Packs(bench.Vault)).Order());
        Assert.InRange(before - SizeOf(bench.Vault), 650_000, 750_000);
        await AssertWholeAsync(bench, first.SnapshotId, third.SnapshotId);

        MaintenanceResult again = await OptimizeAsync(bench);
        Assert.Equal((0, 0, 0), (again.PacksRemoved, again.PacksRewritten, again.PacksAdded));
        Assert.Equal(0, again.BytesAdded);
    }

    [Fact]
    public async Task To_free_a_little_little_is_written()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 40; i++) await WriteRandomAsync(bench, $"f{i:d2}", 1_000_000);
        BackupResult first = await bench.BackupAsync();
        for (int i = 0; i < 12; i++) File.Delete($"{bench.Source}/f{i:d2}");
        BackupResult second = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first.SnapshotId, null, default);
        long before = SizeOf(bench.Vault);

        // What is unused is 30 % of all, and all in the first of two packs of data.
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.True(result.PacksRewritten >= 1);
        Assert.InRange(result.BytesAdded, 1_000_000, 25_000_000);
        Assert.InRange(before - SizeOf(bench.Vault), 11_500_000, 12_500_000);
        await AssertWholeAsync(bench, second.SnapshotId);
    }

    [Fact]
    public async Task What_may_stay_unused_is_not_written_anew()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 10; i++) await WriteRandomAsync(bench, $"f{i}", 400_000);
        BackupResult first = await bench.BackupAsync();
        File.Delete(bench.Source + "/f0");
        BackupResult second = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first.SnapshotId, null, default);
        MaintenanceResult lax = await OptimizeAsync(bench, r => r with { MaxUnusedPercent = 20 });
        Assert.Equal(0, lax.PacksRewritten);
        Assert.InRange(lax.BytesUnused, 390_000, 410_000);
        MaintenanceResult strict = await OptimizeAsync(bench, r => r with { MaxUnusedPercent = 0 });
        Assert.Equal(0, strict.BytesUnused);
        Assert.Equal(1, strict.PacksRewritten);
        await AssertWholeAsync(bench, second.SnapshotId);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(100.1)]
    [InlineData(double.NaN)]
    public async Task A_percentage_that_is_none_is_an_error(double percent)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        Assert.Equal(BackupError.InvalidArgument, (await Assert.ThrowsAsync<BackupException>(() => OptimizeAsync(bench, r => r with { MaxUnusedPercent = percent }))).Error);
    }

    [Fact]
    public async Task On_a_full_store_what_needs_no_room_goes_all_the_same()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 5; i++) await WriteRandomAsync(bench, $"f{i}", 400_000);
        BackupResult first = await bench.BackupAsync();
        File.Delete(bench.Source + "/f0");
        await WriteRandomAsync(bench, "waste", 300_000);
        BackupResult second = await bench.BackupAsync();
        File.Delete(bench.Source + "/waste");
        BackupResult third = await bench.BackupAsync();
        foreach (BackupResult removed in new[] { first, second }) await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        BackupEngine full = bench.CreateEngine("full", static path => new FaultyObjectStore(FolderObjectStore.Open(path), static call =>
            call.Operation == StoreOperation.PutNew && call.Name.StartsWith("packs/", StringComparison.Ordinal) ? FaultAction.FailBefore(StoreFailure.Full) : FaultAction.None));
        MaintenanceResult result = await OptimizeAsync(bench, static r => r with { MaxUnusedPercent = 0 }, full);
        Assert.Equal((0, 0, "Complete"), (result.PacksRewritten, result.PacksAdded, result.Status));
        Assert.InRange(result.BytesRemoved, 300_000, 399_999);
        Assert.InRange(result.BytesUnused, 390_000, 410_000);
        Assert.Contains(bench.Warnings, static w => w.Contains("The store is full", StringComparison.Ordinal));

        // Where nothing can go without it, it is an error.
        Assert.Equal(BackupError.StoreFull, (await Assert.ThrowsAsync<BackupException>(() => OptimizeAsync(bench, static r => r with { MaxUnusedPercent = 0 }, full))).Error);
        Assert.Equal(1, (await OptimizeAsync(bench, static r => r with { MaxUnusedPercent = 0 })).PacksRewritten);
        await AssertWholeAsync(bench, third.SnapshotId);
    }

    [Fact]
    public async Task The_plan_writes_nothing()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        BackupResult first = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first.SnapshotId, null, default);
        string before = await HashAsync(bench);
        OptimizePlan plan = await PlanAsync(bench);
        Assert.NotEmpty(plan.PacksRemoved);
        Assert.Equal(0, plan.SnapshotCount);
        Assert.Equal(before, await HashAsync(bench));
    }

    [Fact]
    public async Task The_plan_counts_what_a_dead_run_left_behind_where_it_is_to_be_fenced_off()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        BackupResult removed = await bench.BackupAsync();
        await LeaveSessionAsync(bench);
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        foreach (string file in Directory.GetFiles(bench.Vault + "/index")) File.Delete(file);
        Assert.Empty((await PlanAsync(bench)).PacksRemoved);
        OptimizePlan forced = await bench.Engine.PlanOptimizeAsync(new OptimizeRequest { Repository = bench.Vault, FenceSessions = true }, bench.Callbacks, default);
        Assert.Equal(Packs(bench.Vault), forced.PacksRemoved);
        Assert.Equal(forced.PacksRemoved.Length, (await OptimizeAsync(bench, r => r with { FenceSessions = true })).PacksRemoved);
    }

    [Fact]
    public async Task The_plan_counts_what_an_earlier_run_has_announced_where_nobody_is_waited_for()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 200_000);
        BackupResult removed = await bench.BackupAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        string session = await LeaveSessionAsync(bench);
        MaintenanceResult waiting = await OptimizeAsync(bench);
        OptimizePlan plan = await PlanAsync(bench);
        Assert.Equal((0, 0L, waiting.PendingPacks, waiting.PendingPacks > 0), (plan.PacksRemoved.Length, plan.BytesRemoved, plan.PendingPacks, true));
        OptimizePlan forced = await bench.Engine.PlanOptimizeAsync(new OptimizeRequest { Repository = bench.Vault, FenceSessions = true }, bench.Callbacks, default);
        File.Delete($"{bench.Vault}/sessions/{session}");
        plan = await PlanAsync(bench);
        Assert.Equal((forced.BytesRemoved, 0), (plan.BytesRemoved, plan.PendingPacks));
        Assert.Equal(forced.PacksRemoved, plan.PacksRemoved);
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.Equal((result.PacksRemoved, result.BytesRemoved, true), (plan.PacksRemoved.Length, plan.BytesRemoved, result.BytesRemoved > 200_000));
    }

    [Fact]
    public async Task Copies_that_two_hosts_stored_at_once_become_one()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 500_000);
        BackupEngine other = bench.CreateEngine("other");
        await bench.BackupAsync();

        // As if neither had seen the other's index.
        string hidden = bench["hidden"];
        Directory.Move(bench.Vault + "/index", hidden);
        Directory.CreateDirectory(bench.Vault + "/index");
        await bench.BackupAsync(type: "Full", engine: other);
        foreach (string file in Directory.GetFiles(hidden)) File.Move(file, Path.Combine(bench.Vault, "index", Path.GetFileName(file)));
        long before = SizeOf(bench.Vault);
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.InRange(before - SizeOf(bench.Vault), 495_000, 520_000);
        Assert.True(result.PacksRemoved >= 1);
        await AssertWholeAsync(bench, [.. (await bench.ListSnapshotsAsync()).Select(static s => s.SnapshotId)]);
    }

    [Fact]
    public async Task Many_small_packs_and_index_objects_are_joined()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        var snapshots = new List<string>();
        for (int i = 0; i < 40; i++)
        {
            bench.Write($"f{i}", $"content of {i}");
            snapshots.Add((await bench.BackupAsync()).SnapshotId);
        }

        Assert.Equal(80, Packs(bench.Vault).Length);
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.Equal(80, result.PacksRewritten);
        Assert.Equal(2, Packs(bench.Vault).Length);
        Assert.Single(Directory.GetFiles(bench.Vault + "/index"));
        Assert.True(result.IndexObjectsReplaced >= 40);
        await AssertWholeAsync(bench, [.. snapshots]);
        Assert.Equal(0, (await OptimizeAsync(bench)).PacksRewritten);
    }

    [Fact]
    public async Task What_a_run_that_never_ended_left_behind_goes_once_it_is_fenced_off()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 200_000);
        BackupResult kept = await bench.BackupAsync();
        await WriteRandomAsync(bench, "g", 300_000);
        string session = await LeaveSessionAsync(bench);
        BackupResult result = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, result.SnapshotId, null, default);

        MaintenanceResult waiting = await OptimizeAsync(bench);
        Assert.Equal("Waiting", waiting.Status);
        Assert.Equal([session], waiting.WaitingFor);
        Assert.True(waiting.PendingPacks > 0);
        Assert.Equal(0, waiting.PacksRemoved);
        Assert.Equal(waiting.PendingPacks, (await PlanAsync(bench)).PendingPacks);

        // The announced packs are not announced twice.
        MaintenanceResult still = await OptimizeAsync(bench);
        Assert.Equal(waiting.PendingPacks, still.PendingPacks);
        Assert.Single(Directory.GetFiles(bench.Vault + "/retired"));

        MaintenanceResult forced = await OptimizeAsync(bench, r => r with { FenceSessions = true });
        Assert.Equal("Complete", forced.Status);
        Assert.Equal(1, forced.SessionsFenced);
        Assert.Equal(waiting.PendingPacks, forced.PacksRemoved);
        Assert.Empty(Directory.GetFiles(bench.Vault + "/sessions"));
        Assert.Empty(Directory.GetFiles(bench.Vault + "/retired"));
        Assert.Empty(Directory.GetFiles(bench.Vault + "/sweepers"));
        await AssertWholeAsync(bench, kept.SnapshotId);
    }

    [Fact]
    public async Task A_later_run_goes_on_when_the_session_has_ended_whatever_has_begun_since()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 200_000);
        BackupResult removed = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        string first = await LeaveSessionAsync(bench);
        Assert.Equal([first], (await OptimizeAsync(bench)).WaitingFor);
        File.Delete($"{bench.Vault}/sessions/{first}");
        string second = await LeaveSessionAsync(bench);

        // Another host does not know who stood then, and waits for all who stand now.
        BackupEngine other = bench.CreateEngine("other");
        Assert.Equal([second], (await OptimizeAsync(bench, engine: other)).WaitingFor);
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.Equal("Complete", result.Status);
        Assert.True(result.PacksRemoved > 0);
        Assert.True(File.Exists($"{bench.Vault}/sessions/{second}"));
    }

    [Fact]
    public async Task A_session_is_fenced_off_after_48_hours_in_which_this_host_saw_no_life()
    {
        var clock = new OffsetClock(TimeSpan.FromDays(1));
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await WriteRandomAsync(bench, "f", 200_000);
        BackupResult removed = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        string session = await LeaveSessionAsync(bench);
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);
        clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);

        // A heartbeat: the watch begins anew.
        File.Copy($"{bench.Vault}/sessions/{session}", $"{bench.Vault}/sessions/{session}.00000000");
        clock.Advance(TimeSpan.FromHours(30));
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);
        clock.Advance(TimeSpan.FromHours(47));
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);
        clock.Advance(TimeSpan.FromHours(2));
        MaintenanceResult result = await OptimizeAsync(bench);
        Assert.Equal(("Complete", 1), (result.Status, result.SessionsFenced));
        Assert.Empty(Directory.GetFiles(bench.Vault + "/sessions"));
    }

    [Fact]
    public async Task The_watch_over_a_session_begins_anew_when_the_clock_is_set_back()
    {
        var clock = new OffsetClock(TimeSpan.FromDays(365));
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await WriteRandomAsync(bench, "f", 200_000);
        BackupResult removed = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, removed.SnapshotId, null, default);
        await LeaveSessionAsync(bench);
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);
        clock.Advance(TimeSpan.FromDays(-365));
        Assert.Equal("Waiting", (await OptimizeAsync(bench)).Status);
        clock.Advance(TimeSpan.FromHours(49));
        Assert.Equal(1, (await OptimizeAsync(bench)).SessionsFenced);
    }

    [Fact]
    public async Task Where_something_that_a_snapshot_needs_is_missing_nothing_is_deleted()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 200_000);
        await bench.BackupAsync();
        await WriteRandomAsync(bench, "g", 300_000);
        BackupResult second = await bench.BackupAsync();
        File.Delete(bench.Source + "/g");
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, second.SnapshotId, null, default);
        string[] packs = Packs(bench.Vault);
        string lost = packs.Select(p => PathOf(bench, p)).OrderBy(static p => new FileInfo(p).Length).ElementAt(packs.Length - 2);
        File.Move(lost, bench["lost"]);
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => OptimizeAsync(bench));
        Assert.Equal(BackupError.BlobMissing, e.Error);
        Assert.Contains(Path.GetFileName(lost), e.Message, StringComparison.Ordinal);
        Assert.Equal(packs.Length - 1, Packs(bench.Vault).Length);
        Assert.Empty(Directory.GetFiles(bench.Vault + "/retired"));

        // Found again, all is as before.
        File.Move(bench["lost"], lost);
        Assert.True((await OptimizeAsync(bench)).BytesRemoved >= 300_000);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
    }

    [Fact]
    public async Task A_pack_that_cannot_be_read_stops_before_anything_is_announced()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 1_500_000);
        await WriteRandomAsync(bench, "g", 1_500_000);
        BackupResult first = await bench.BackupAsync();
        File.Delete(bench.Source + "/g");
        await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first.SnapshotId, null, default);
        string largest = Packs(bench.Vault).Select(p => PathOf(bench, p)).MaxBy(static p => new FileInfo(p).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(largest);
        for (int i = 100; i < bytes.Length - 1000; i += 5000) bytes[i] ^= 1;
        await File.WriteAllBytesAsync(largest, bytes);
        Assert.Equal(BackupError.ObjectDamaged, (await Assert.ThrowsAsync<BackupException>(() => OptimizeAsync(bench, r => r with { MaxUnusedPercent = 0 }))).Error);
        Assert.True(File.Exists(largest));
        Assert.Empty(Directory.GetFiles(bench.Vault + "/retired"));
    }

    [Fact]
    public async Task A_writer_that_was_fenced_off_ends_with_that_error_and_the_next_run_works()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        string before = (await bench.BackupAsync()).SnapshotId;
        await WriteRandomAsync(bench, "g", 100_000);
        bool optimized = false;
        BackupEngine paused = bench.CreateEngine("paused", path => new FaultyObjectStore(FolderObjectStore.Open(path), call =>
        {
            if (!optimized && call.Operation == StoreOperation.PutNew && call.Name.StartsWith("snapshots/", StringComparison.Ordinal))
            {
                optimized = true;
                Assert.Equal(1, OptimizeAsync(bench, r => r with { FenceSessions = true }).GetAwaiter().GetResult().SessionsFenced);
            }

            return FaultAction.None;
        }));
        Assert.Equal(BackupError.SessionFenced, (await Assert.ThrowsAsync<BackupException>(() => bench.BackupAsync(engine: paused))).Error);
        BackupResult next = await bench.BackupAsync(engine: paused);
        await AssertWholeAsync(bench, before, next.SnapshotId);
    }

    [Fact]
    public async Task What_a_writer_that_was_fenced_off_misses_is_no_damage()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        string before = (await bench.BackupAsync()).SnapshotId;
        bool optimized = false;
        BackupEngine paused = bench.CreateEngine("paused", path => new FaultyObjectStore(FolderObjectStore.Open(path), call =>
        {
            // It has relied on what is stored, and looks at it once more.
            if (!optimized && call.Operation == StoreOperation.Read && call.Name.StartsWith("packs/", StringComparison.Ordinal))
            {
                optimized = true;
                bench.Engine.RemoveSnapshotAsync(bench.Vault, before, null, default).GetAwaiter().GetResult();
                Assert.Equal(1, OptimizeAsync(bench, r => r with { FenceSessions = true }).GetAwaiter().GetResult().SessionsFenced);
            }

            return FaultAction.None;
        }));
        bench.ForgetFaults();
        Assert.Equal(BackupError.SessionFenced, (await Assert.ThrowsAsync<BackupException>(() => bench.BackupAsync("Full", engine: paused))).Error);
        Assert.True(optimized);
        Assert.Empty(bench.Faults);
        BackupResult next = await bench.BackupAsync(engine: paused);
        await AssertWholeAsync(bench, next.SnapshotId);
    }

    [Fact]
    public async Task Its_run_is_in_the_catalog()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await WriteRandomAsync(bench, "f", 100_000);
        BackupResult first = await bench.BackupAsync();
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first.SnapshotId, null, default);
        MaintenanceResult result = await OptimizeAsync(bench);
        BackupRun run = (await bench.Engine.GetRunsAsync(null, null, null, 1, default))[0];
        Assert.Equal((result.RunId, "Optimize", "Complete", result.BytesRemoved), (run.RunId, run.Operation, run.Status, run.BytesProcessed));
    }

    private static Task<MaintenanceResult> OptimizeAsync(TestBench bench, Func<OptimizeRequest, OptimizeRequest>? change = null, BackupEngine? engine = null)
    {
        var request = new OptimizeRequest { Repository = bench.Vault };
        return (engine ?? bench.Engine).OptimizeAsync(change?.Invoke(request) ?? request, bench.Callbacks, default);
    }

    private static Task<OptimizePlan> PlanAsync(TestBench bench) => bench.Engine.PlanOptimizeAsync(new OptimizeRequest { Repository = bench.Vault }, bench.Callbacks, default);

    // A session whose writer never ends.
    private static async Task<string> LeaveSessionAsync(TestBench bench)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        string id = IdSource.Random.Next(), name = RepositoryLayout.Session(id);
        var record = new SessionRecord { HostName = "h", HostId = new string('2', 32), UserName = "u", ProcessId = 1, PolicyName = "", Started = DateTime.UnixEpoch };
        Assert.True(await store.PutNewAsync(name, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Session, name, record, RepositoryJson.Default.SessionRecord)), default));
        return id;
    }

    private static async Task AssertWholeAsync(TestBench bench, params string[] snapshots)
    {
        IntegrityReport report = await bench.VerifyAsync();
        Assert.Equal(("Passed", snapshots.Length), (report.Status, report.SnapshotCount));
        foreach (string snapshot in snapshots)
        {
            RestoreResult restored = await bench.RestoreAsync(snapshot, "restored-" + snapshot, r => r with { Verify = true });
            Assert.Equal("Complete", restored.Status);
        }
    }

    private static Task WriteRandomAsync(TestBench bench, string name, int length) => File.WriteAllBytesAsync(Path.Combine(bench.Source, name), SplitMix.Bytes(name.Aggregate((ulong)length, static (seed, c) => (seed * 31) + c), length));

    private static string[] Packs(string vault) => [.. Directory.GetFiles(vault + "/packs", "*", SearchOption.AllDirectories).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string PathOf(TestBench bench, string pack) => Path.Combine(bench.Vault, "packs", pack[..2], pack);

    private static long SizeOf(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(static f => new FileInfo(f).Length);

    private static Task<string> HashAsync(TestBench bench) => HashAsync(bench.Folder);

    private static async Task<string> HashAsync(string folder) => await Shell.RunAsync("find . -type f ! -name '*-shm' -print0 | sort -z | xargs -0 -r sha256sum; find . -type d | sort", folder);
}
