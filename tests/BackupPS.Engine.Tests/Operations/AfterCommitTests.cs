using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The snapshot is committed: whatever fails from there on, the run has succeeded, and says what failed.</summary>
public sealed class AfterCommitTests
{
    private static readonly Func<Exception>[] Failures =
    [
        static () => new StoreException(StoreFailure.Unreachable, "Injected."),
        static () => new StoreException(StoreFailure.Damaged, "Injected."),
        static () => new StoreException(StoreFailure.Unwritable, "Injected."),
        static () => new IOException("Injected."),
        static () => new UnauthorizedAccessException("Injected."),
        static () => new InvalidDataException("Injected."),
        static () => new InvalidOperationException("Injected."),
        static () => new TimeoutException("Injected."),
    ];

    [Theory]
    [InlineData("None")]
    [InlineData("Structure")]
    [InlineData("Data")]
    public async Task Each_call_to_the_store_may_fail(string verify)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync(verify: verify);
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        int calls = await RunAsync(bench, store, int.MaxValue, static () => new IOException(), all: false, verify);
        Assert.InRange(calls, 1, 200);
        int kind = 0;
        for (int at = 1; at <= calls; at++) await RunAsync(bench, store, at, Failures[kind++ % Failures.Length], all: false, verify);
        foreach (Func<Exception> failure in Failures) await RunAsync(bench, store, 1, failure, all: true, verify);
    }

    [Theory]
    [InlineData("the catalog")]
    [InlineData("the home folder")]
    [InlineData("the index cache")]
    public async Task Each_thing_at_home_may_fail(string what)
    {
        foreach (string verify in new[] { "None", "Data" })
        {
            await using TestBench bench = await TestBench.CreateAsync();
            bench.Write("f", "x");
            await bench.AddPolicyAsync(verify: verify);
            string script = what switch
            {
                "the catalog" => "rm -f home/catalog.db*; mkdir home/catalog.db",
                "the home folder" => "rm -rf home; printf x > home",
                _ => "rm -rf home/cache; printf x > home/cache",
            };
            BackupEngine engine = bench.CreateEngine("home", path => new FaultyObjectStore(FolderObjectStore.Open(path), call =>
                IsCommit(call) ? FaultAction.WaitFor(_ => Shell.RunAsync(script, bench.Folder)) : FaultAction.None));
            BackupResult result = await bench.RunPolicyAsync(engine: engine);
            Assert.Contains(result.Status, new[] { "Complete", "Incomplete" });
            Assert.True(result.Status == "Complete" || verify != "None", $"{what}: {string.Join(", ", result.Faults)}");
            Assert.Equal(result.SnapshotId, Assert.Single(await bench.ListSnapshotsAsync(bench.CreateEngine("other"))).SnapshotId);
        }
    }

    [Fact]
    public async Task The_record_of_a_run_that_was_stopped_while_it_verified_names_the_snapshot()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync(verify: "Data");
        using var stop = new CancellationTokenSource();
        var callbacks = bench.Callbacks with
        {
            OnPhase = phase =>
            {
                if (phase == "Verify") stop.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Engine.BackupAsync(new BackupRequest { PolicyName = "p" }, callbacks, stop.Token));
        BackupRun run = (await bench.Engine.GetRunsAsync("p", null, null, 0, default)).Single(static r => r.Operation == "Backup");
        Assert.Equal(("Cancelled", Assert.Single(await bench.ListSnapshotsAsync()).SnapshotId), (run.Status, run.SnapshotId));
    }

    private static bool IsCommit(StoreCall call) => call.Operation == StoreOperation.PutNew && call.Name.StartsWith("snapshots/", StringComparison.Ordinal);

    // Fails the call of that number after the commit, or all from there on.
    private static async Task<int> RunAsync(TestBench bench, FolderObjectStore store, int at, Func<Exception> failure, bool all, string verify)
    {
        bool committed = false;
        int calls = 0;
        BackupEngine engine = bench.CreateEngine("home", _ => new FaultyObjectStore(store, call =>
        {
            if (committed)
            {
                int number = Interlocked.Increment(ref calls);
                return number == at || (all && number > at) ? FaultAction.FailBefore(failure()) : FaultAction.None;
            }

            committed = IsCommit(call);
            return FaultAction.None;
        }));
        bench.ForgetFaults();
        BackupResult result = await bench.RunPolicyAsync("Full", engine: engine);
        string what = $"call {at} of {calls}{(all ? " and all others" : "")} after the commit failed with {failure().GetType().Name}, -Verify {verify}";
        Assert.True(result.SnapshotId.Length > 0, what);
        Assert.Contains(await bench.ListSnapshotsAsync(), s => s.SnapshotId == result.SnapshotId);
        if (at == int.MaxValue) Assert.Equal(("Complete", 0, 0), (result.Status, bench.Warnings.Count, bench.Faults.Count));
        else Assert.True(bench.Warnings.Count + bench.Faults.Count > 0 || result.Status == "Complete", what);
        if (verify == "None") Assert.True(result.Status == "Complete", what);
        if (result.Status == "Complete" && verify != "None") Assert.True(result.Verification == "Passed", what);
        if (result.Verification == "Unknown") Assert.True(result.Status == "Incomplete" && result.FaultCount > 0, what);
        BackupRun run = (await bench.Engine.GetRunsAsync("p", null, null, 0, default)).First(static r => r.Operation == "Backup");
        Assert.True((run.RunId, run.Status, run.SnapshotId) == (result.RunId, result.Status, result.SnapshotId), what);
        return calls;
    }
}
