using System.Buffers;
using System.Collections.Concurrent;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>What verification does with packs before it has the key, and what it need not do twice.</summary>
public sealed class EarlyPacksTests
{
    [Fact]
    public async Task Damage_is_named_whether_or_not_a_pack_was_hashed_before_the_key_was_there()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 50000 /dev/urandom > f", bench.Source);
        BackupResult backup = await bench.BackupAsync();
        string[] packs = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories);
        Assert.Equal(2, packs.Length);
        Assert.Equal("Passed", (await VerifyWithSlowKeyAsync(bench, packs.Length)).Status);
        foreach (string pack in packs)
        {
            byte[] whole = await File.ReadAllBytesAsync(pack);
            foreach (int position in new[] { 0, 4, 6, 20, 50, whole.Length - 100, whole.Length - 6, whole.Length - 1 })
            {
                byte[] flipped = [.. whole];
                flipped[position] ^= 1;
                await File.WriteAllBytesAsync(pack, flipped);
                IntegrityReport report = await VerifyWithSlowKeyAsync(bench, packs.Length);
                Assert.Equal((position, "Failed"), (position, report.Status));
                Assert.Equal([Path.GetRelativePath(bench.Vault, pack)], report.DamagedObject);
                Assert.Equal([backup.SnapshotId], report.AffectedSnapshot);
            }

            await File.WriteAllBytesAsync(pack, whole);
        }
    }

    [Fact]
    public async Task A_wrong_key_closes_the_store_only_when_nobody_reads_it_any_more()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "f");
        await bench.BackupAsync();
        bool listed = false;
        BackupEngine verifier = Over(bench, call => call.Operation == StoreOperation.List && call.Name == "packs/"
            ? FaultAction.WaitFor(async _ =>
            {
                await Task.Delay(200, CancellationToken.None);
                listed = true;
            })
            : FaultAction.None);
        var request = new VerifyRequest { Repository = bench.Vault, Level = "Data", Secret = RepositorySecret.FromPassphrase("wrong") };
        Assert.Equal("WrongKey", (await Assert.ThrowsAsync<BackupException>(() => verifier.VerifyAsync(request, bench.Callbacks, default))).Error.Id);
        Assert.True(listed);
    }

    [Theory]
    [InlineData("Structure")]
    [InlineData("Data")]
    public async Task A_store_that_cannot_list_its_packs_leaves_the_record_of_a_verification_that_failed(string level)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "f");
        await bench.BackupAsync();
        BackupEngine verifier = bench.CreateEngine("home", path => new FaultyObjectStore(FolderObjectStore.Open(path), call =>
            call.Operation == StoreOperation.List && call.Name == "packs/" ? FaultAction.FailBefore(StoreFailure.Unreachable) : FaultAction.None));
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => verifier.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = level }, bench.Callbacks, default));
        Assert.Equal("StoreUnreachable", e.Error.Id);
        IReadOnlyList<BackupRun> runs = await verifier.GetRunsAsync(null, null, null, 0, default);
        Assert.Equal(["Failed"], runs.Where(static r => r.Operation == "Verify").Select(static r => r.Status));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_pack_that_goes_missing_after_packs_were_listed_is_told_unless_it_is_retired(bool retired, bool partial)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 50000 /dev/urandom > f", bench.Source);
        BackupResult backup = await bench.BackupAsync();
        string data = Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).MaxBy(static p => new FileInfo(p).Length)!;
        if (retired)
        {
            // A pack is decided to go when nothing that only it holds is needed.
            await bench.Engine.RemoveSnapshotAsync(bench.Vault, backup.SnapshotId, null, default);
            await RetireAsync(bench, Path.GetFileName(data));
        }

        bool listed = false;
        BackupEngine verifier = Over(bench, call =>
        {
            // The content of packs is read from here on; before that they are listed without a key.
            if (call.Operation == StoreOperation.List && call.Name == "packs/") listed = true;
            if (listed && call.Operation == StoreOperation.GetLength && call.Name.EndsWith(Path.GetFileName(data), StringComparison.Ordinal)) File.Delete(data);
            return FaultAction.None;
        });
        IntegrityReport report = await verifier.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Data", SnapshotId = partial ? backup.SnapshotId : null }, bench.Callbacks, default);
        Assert.False(File.Exists(data));
        Assert.Equal(retired ? [] : [Path.GetRelativePath(bench.Vault, data)], report.DamagedObject);
        Assert.Equal(retired ? [] : [backup.SnapshotId], report.AffectedSnapshot);
    }

    [Fact]
    public async Task Snapshots_of_the_same_tree_are_read_once()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 50; i++) bench.Write($"folder{i}/f", $"{i}");
        await bench.BackupAsync();
        int one = await CountReadsAsync();
        for (int i = 0; i < 20; i++) await bench.BackupAsync();
        Assert.Equal(one, await CountReadsAsync());

        async Task<int> CountReadsAsync()
        {
            int reads = 0;
            BackupEngine verifier = Over(bench, call =>
            {
                if (call.Operation == StoreOperation.Read) Interlocked.Increment(ref reads);
                return FaultAction.None;
            });
            Assert.Equal("Passed", (await verifier.VerifyAsync(new VerifyRequest { Repository = bench.Vault }, bench.Callbacks, default)).Status);
            return reads;
        }
    }

    private static async Task RetireAsync(TestBench bench, string pack)
    {
        await using FolderObjectStore store = FolderObjectStore.Open(bench.Vault);
        Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
        string name = "retired/" + new string('0', 32) + ".swept";
        byte[] record = repository.SealRecord(SealedType.Swept, name, new RetiredRecord { Packs = [pack] }, RepositoryJson.Default.RetiredRecord);
        Assert.True(await store.PutNewAsync(name, new ReadOnlySequence<byte>(record), default));

        // A decision binds as long as somebody carries it on.
        string mark = RepositoryLayout.Sweeper(new string('0', 32), IdSource.Random.Next());
        var sweeper = new SweeperRecord { HostName = "h", HostId = "", ProcessId = 1, ProcessStart = "", Started = DateTime.UnixEpoch };
        Assert.True(await store.PutNewAsync(mark, new ReadOnlySequence<byte>(repository.SealRecord(SealedType.Sweeper, mark, sweeper, RepositoryJson.Default.SweeperRecord)), default));
    }

    private static BackupEngine Over(TestBench bench, Func<StoreCall, FaultAction> hook) =>
        bench.CreateEngine("home", path => new FaultyObjectStore(FolderObjectStore.Open(path), hook));

    // The key is held back until every pack was read once. The last of them may be hashed or not by then; both must end in the same.
    private static async Task<IntegrityReport> VerifyWithSlowKeyAsync(TestBench bench, int packs)
    {
        var read = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BackupEngine verifier = Over(bench, call =>
        {
            if (call.Operation == StoreOperation.Read && read.TryAdd(call.Name, true) && read.Count == packs) all.SetResult();
            return call.Operation == StoreOperation.Get && call.Name.StartsWith("keys/", StringComparison.Ordinal) ? FaultAction.WaitFor(token => all.Task.WaitAsync(token)) : FaultAction.None;
        });
        return await verifier.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Data" }, bench.Callbacks, default);
    }
}
