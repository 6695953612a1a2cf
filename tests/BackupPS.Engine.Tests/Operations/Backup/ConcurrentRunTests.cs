namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Runs beside each other: of one policy, of several, and of several hosts.</summary>
public sealed class ConcurrentRunTests
{
    [TreeFact]
    public async Task Two_hosts_back_up_into_one_repository_at_the_same_time()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 200; i++) bench.Write($"d{i % 7}/f{i}", $"content {i} {new string((char)('a' + (i % 26)), i * 50)}");
        BackupEngine elsewhere = bench.CreateEngine("other-home");
        using var meeting = new Barrier(2);
        int met = 0;
        bench.Hooks.OpenFile = _ =>
        {
            // Both are in the middle of their runs before either goes on.
            if (Interlocked.Increment(ref met) <= 2) meeting.SignalAndWait(TimeSpan.FromSeconds(20));
        };
        BackupResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => bench.BackupAsync("Full", engine: i % 2 == 0 ? bench.Engine : elsewhere))));
        Assert.All(results, static r => Assert.Equal("Complete", r.Status));
        foreach (BackupResult result in results)
        {
            await bench.RestoreAsync(result.SnapshotId, result.SnapshotId, r => r with { Verify = true });
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored(result.SnapshotId));
        }

        Assert.Empty(bench.Faults);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
    }

    [Fact]
    public async Task A_second_run_of_one_policy_is_refused_or_waits_and_another_policy_is_not_hindered()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync("one");
        await bench.AddPolicyAsync("two");
        using var running = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        int first = 0;
        bench.Hooks.OpenFile = _ =>
        {
            if (Interlocked.Exchange(ref first, 1) != 0) return;
            running.Release();
            goOn.Wait(TimeSpan.FromSeconds(30));
        };
        Task<BackupResult> held = Task.Run(() => bench.RunPolicyAsync(name: "one"));
        Assert.True(await running.WaitAsync(TimeSpan.FromSeconds(30)));
        BackupException refused = await Assert.ThrowsAsync<BackupException>(() => bench.RunPolicyAsync(name: "ONE", engine: bench.CreateEngine("home")));
        Assert.Equal("PolicyAlreadyRunning", refused.Error.Id);
        Task<BackupResult> waiting = Task.Run(() => bench.RunPolicyAsync(name: "one", wait: true));
        BackupResult other = await bench.RunPolicyAsync(name: "two");
        Assert.Equal("Complete", other.Status);
        Assert.False(held.IsCompleted || waiting.IsCompleted);
        goOn.Set();
        BackupResult heldResult = await held, waitedResult = await waiting;
        Assert.Equal(("Full", "Incremental", heldResult.SnapshotId), (heldResult.Type, waitedResult.Type, waitedResult.ParentId));
    }

    [Fact]
    public async Task Waiting_for_a_policy_can_be_cancelled()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        using var goOn = new ManualResetEventSlim();
        using var running = new SemaphoreSlim(0);
        bench.Hooks.OpenFile = _ =>
        {
            running.Release();
            goOn.Wait(TimeSpan.FromSeconds(30));
        };
        Task<BackupResult> held = Task.Run(() => bench.RunPolicyAsync());
        await running.WaitAsync();
        using var stop = new CancellationTokenSource(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Engine.BackupAsync(new BackupRequest { PolicyName = "p", Wait = true }, bench.Callbacks, stop.Token));
        goOn.Set();
        Assert.Equal("Complete", (await held).Status);
    }
}
