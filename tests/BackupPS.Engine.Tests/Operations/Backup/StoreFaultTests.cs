using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>A store that loses answers to the commit, is shared with others, or is full. What fails at any call is in <see cref="Crashes"/>.</summary>
public sealed class StoreFaultTests
{
    private static async Task<(TestBench Bench, BackupResult Older, StoreImage Image, string OlderCopy)> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(200));
        bench.Write("folder/a", "a in the older snapshot");
        bench.Write("folder/b", "b, which stays");
        await bench.AddPolicyAsync();
        BackupResult older = await bench.RunPolicyAsync();
        await Shell.RunAsync("cp -a source copy", bench.Folder);
        bench.Write("folder/a", "a in the newer snapshot");
        bench.Write("folder/c", "c is new");
        return (bench, older, await StoreImage.ReadAsync(bench.Vault), bench["copy"]);
    }

    [Fact]
    public async Task A_transient_fault_at_any_single_call_is_got_over()
    {
        (TestBench bench, BackupResult older, StoreImage image, string copy) = await BenchAsync();
        await using TestBench owned = bench;
        var repeated = new HashSet<StoreOperation>();
        for (int n = 1; ; n++)
        {
            MemoryObjectStore store = image.ToStore();
            var faulty = new FaultyObjectStore(store, call => call.Number == n ? FaultAction.FailAfter() : FaultAction.None);
            bench.ForgetFaults();
            BackupResult result = await bench.RunPolicyAsync(engine: bench.CreateEngine("home", _ => faulty));
            Assert.True(result.Status == "Complete", $"Call {n}: {result.Status}");
            await AssertUsableAsync(bench, store, older.SnapshotId, copy, result.SnapshotId, $"call {n}: {faulty.Calls[^1]}");
            if (faulty.CallCount < n) break;

            // A listing that fails at its end has failed for nobody where nobody reads so far.
            if (bench.Retries.Count == 0 && faulty.Calls[n - 1].Operation == StoreOperation.List) continue;
            Assert.Single(bench.Retries);
            Assert.Single(bench.Warnings, static w => w.Contains("tried again", StringComparison.Ordinal));
            repeated.Add(faulty.Calls[n - 1].Operation);
        }

        // Each kind of call that a backup makes; it changes no object in place, and reads no pack where nothing else tells what is in it.
        Assert.Superset(new HashSet<StoreOperation> { StoreOperation.PutNew, StoreOperation.Get, StoreOperation.GetLength, StoreOperation.List, StoreOperation.Delete }, repeated);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_commit_whose_answer_is_lost_is_repeated_and_found(int lost)
    {
        (TestBench bench, _, StoreImage image, _) = await BenchAsync();
        await using TestBench owned = bench;
        MemoryObjectStore store = image.ToStore();
        int commits = 0;
        var faulty = new FaultyObjectStore(store, call => call.Operation == StoreOperation.PutNew && call.Name.StartsWith("snapshots/", StringComparison.Ordinal) && ++commits <= lost ? FaultAction.FailAfter() : FaultAction.None);
        BackupResult result = await bench.RunPolicyAsync(engine: bench.CreateEngine("home", _ => faulty));
        Assert.Equal("Complete", result.Status);
        Assert.Equal(lost + 1, commits);
        StoreImage after = await StoreImage.ReadAsync(store);
        Assert.Equal(2, after.Names("snapshots/").Length);
        Assert.Empty(after.Names("sessions/"));
        Assert.Equal(lost, bench.Retries.Count);
        Assert.Single(bench.Warnings, static w => w.Contains("tried again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_that_was_fenced_off_ends_with_a_clear_error_and_no_snapshot()
    {
        (TestBench bench, BackupResult older, StoreImage image, string copy) = await BenchAsync();
        await using TestBench owned = bench;
        MemoryObjectStore store = image.ToStore();
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        var faulty = new FaultyObjectStore(store, call =>
        {
            if (call.Operation == StoreOperation.PutNew && call.Name.StartsWith("snapshots/", StringComparison.Ordinal))
            {
                byte[] tombstone = repository.SealRecord(SealedType.Tombstone, call.Name, new TombstoneRecord { Reason = "fenced", Time = DateTime.UnixEpoch }, RepositoryJson.Default.TombstoneRecord);
                return FaultAction.WaitFor(token => store.PutNewAsync(call.Name, new ReadOnlySequence<byte>(tombstone), token).AsTask());
            }

            return FaultAction.None;
        });
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.RunPolicyAsync(engine: bench.CreateEngine("home", _ => faulty)));
        Assert.Equal("SessionFenced", e.Error.Id);
        Assert.Equal("SessionFenced", (await bench.Engine.GetRunsAsync("p", null, null, 1, default)).Single().ErrorId);
        await AssertUsableAsync(bench, store, older.SnapshotId, copy, null, "fenced");
    }

    [Fact]
    public async Task A_full_store_is_told_as_such()
    {
        (TestBench bench, BackupResult older, StoreImage image, string copy) = await BenchAsync();
        await using TestBench owned = bench;
        MemoryObjectStore store = image.ToStore();
        var faulty = new FaultyObjectStore(store, call => call.Name.StartsWith("packs/", StringComparison.Ordinal) && call.Changes ? FaultAction.FailBefore(StoreFailure.Full) : FaultAction.None);
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.RunPolicyAsync(engine: bench.CreateEngine("home", _ => faulty)));
        Assert.Equal("StoreFull", e.Error.Id);
        await AssertUsableAsync(bench, store, older.SnapshotId, copy, null, "full");
    }

    // The older snapshot restores, the store is whole, nothing half is visible, and the next run completes.
    private static async Task AssertUsableAsync(TestBench bench, MemoryObjectStore store, string older, string olderCopy, string? newer, string what)
    {
        BackupEngine engine = bench.CreateEngine("home", _ => store);
        try
        {
            await AssertRestoresAsync(engine, bench, older, olderCopy);
            IReadOnlyList<BackupSnapshot> visible = await bench.ListSnapshotsAsync(engine);
            Assert.InRange(visible.Count, newer is null ? 1 : 2, 2);
            foreach (BackupSnapshot snapshot in visible.Skip(1)) await AssertRestoresAsync(engine, bench, snapshot.SnapshotId, bench.Source);
            BackupResult next = await bench.RunPolicyAsync(engine: engine);
            Assert.Equal("Complete", next.Status);
            await AssertRestoresAsync(engine, bench, next.SnapshotId, bench.Source);
            // By another host: this one has seen the snapshots of other rounds, and misses them.
            Assert.Equal("Passed", (await bench.CreateEngine("another-home", _ => store).VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Data" }, RunCallbacks.None, default)).Status);
            Assert.Equal(visible.Count + 1, (await bench.ListSnapshotsAsync(engine)).Count);
        }
        catch (Exception e) when (e is BackupException or Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"After {what}: {e.Message}", e);
        }
    }

    private static async Task AssertRestoresAsync(BackupEngine engine, TestBench bench, string snapshotId, string expected)
    {
        string destination = bench["out" + Guid.NewGuid().ToString("n")];
        RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = snapshotId, Destination = destination, Verify = true }, RunCallbacks.None, default);
        Assert.Equal("Complete", result.Status);
        string restored = destination + bench.Source;
        string[] names = [.. Directory.EnumerateFiles(expected, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(expected, f)).Order(StringComparer.Ordinal)];
        Assert.Equal(names, Directory.EnumerateFiles(restored, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(restored, f)).Order(StringComparer.Ordinal));
        foreach (string name in names) Assert.Equal(TestBench.Read(Path.Join(expected, name)), TestBench.Read(Path.Join(restored, name)));
        Directory.Delete(destination, recursive: true);
    }
}
