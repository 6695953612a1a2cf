using BackupPS.Engine.Tests.Storage;
namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>Levels of verification, alone and after a backup.</summary>
public sealed class VerifyTests
{
    private static async Task FlipDataAsync(TestBench bench)
    {
        // The largest pack is the one with data here: the source is one file of random bytes.
        string pack = Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).MaxBy(static f => new FileInfo(f).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.Delete(pack);
        await File.WriteAllBytesAsync(pack, bytes);
    }

    [Theory]
    [InlineData("Structure", "Passed")]
    [InlineData("Data", "Failed")]
    [InlineData("Restore", "Failed")]
    public async Task Each_level_finds_what_it_promises(string level, string status)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 50000 /dev/urandom > f", bench.Source);
        BackupResult backup = await bench.BackupAsync();
        Assert.Equal("Passed", (await bench.VerifyAsync(level)).Status);
        await FlipDataAsync(bench);
        IntegrityReport report = await bench.VerifyAsync(level);
        Assert.Equal((status, level, 1), (report.Status, report.Level, report.SnapshotCount));
        Assert.Equal(status == "Failed" ? [backup.SnapshotId] : [], report.AffectedSnapshot);

        // A trial restore is a run of its own.
        BackupRun run = (await bench.Engine.GetRunsAsync(null, null, null, 0, default)).First(static r => r.Operation == "Verify");
        Assert.Equal(("Verify", status == "Failed" ? "Failed" : "Complete", level), (run.Operation, run.Status, run.Type));
        Assert.Equal("", await Shell.RunAsync("find . -name 'backupps-sandbox-*'", bench.Folder));
        Assert.Equal("InvalidArgument", (await Assert.ThrowsAsync<BackupException>(() => bench.VerifyAsync("Everything"))).Error.Id);
    }

    [Fact]
    public async Task One_snapshot_is_verified_to_the_last_byte_and_damage_elsewhere_is_not_its_own()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 50000 /dev/urandom > f", bench.Source);
        BackupResult damaged = await bench.BackupAsync();
        await FlipDataAsync(bench);
        await Shell.RunAsync("printf small > f", bench.Source);
        BackupResult whole = await bench.BackupAsync();
        Assert.Equal("Passed", (await bench.VerifyAsync("Data", whole.SnapshotId)).Status);
        IntegrityReport report = await bench.VerifyAsync("Data", damaged.SnapshotId);
        Assert.Equal("Failed", report.Status);
        Assert.Equal([damaged.SnapshotId], report.AffectedSnapshot);
        Assert.Equal([damaged.SnapshotId], (await bench.VerifyAsync()).AffectedSnapshot);
    }

    [Theory]
    [InlineData("Structure")]
    [InlineData("Data")]
    public async Task What_other_snapshots_lack_does_not_fail_a_run(string level)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "f");
        await bench.AddPolicyAsync(verify: level);
        BackupResult first = await bench.RunPolicyAsync();
        await bench.Engine.UpdateSnapshotAsync("vault", first.SnapshotId, ["tag"], hold: true, null, default);
        BackupResult second = await bench.RunPolicyAsync();
        foreach (string name in Directory.GetFiles(bench.Vault + "/snapshots").Concat(Directory.GetFiles(bench.Vault + "/notes")))
        {
            if (!name.EndsWith(second.SnapshotId, StringComparison.Ordinal)) await File.WriteAllTextAsync(name, "damaged");
        }

        BackupResult third = await bench.RunPolicyAsync();
        Assert.Equal(("Complete", "Passed", 0), (third.Status, third.Verification, third.FaultCount));
        IntegrityReport whole = await bench.VerifyAsync();
        Assert.Equal(("Failed", 3), (whole.Status, whole.DamageCount));
        Assert.Equal([first.SnapshotId], whole.AffectedSnapshot);
    }

    [Fact]
    public async Task A_policy_verifies_after_each_run_and_a_failure_fails_the_run()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 50000 /dev/urandom > f", bench.Source);
        await bench.AddPolicyAsync(verify: "Data");
        BackupResult good = await bench.RunPolicyAsync();
        Assert.Equal(("Complete", "Passed"), (good.Status, good.Verification));
        await FlipDataAsync(bench);
        bench.ForgetFaults();
        BackupResult bad = await bench.RunPolicyAsync();
        Assert.Equal(("Failed", "Failed"), (bad.Status, bad.Verification));
        Assert.InRange(bad.FaultCount, 1, 100);
        Assert.NotEmpty(bad.Faults);
        IReadOnlyList<BackupRun> runs = await bench.Engine.GetRunsAsync("p", null, null, 0, default);
        BackupRun run = runs.Last(r => r.Operation == "Backup" && r.SnapshotId == bad.SnapshotId);
        Assert.Equal("Failed", run.Status);

        // What the verification found is kept with the run that it failed.
        Assert.Equal(bad.FaultCount, run.FaultCount);
        Assert.Equal(bad.Faults, run.Faults);
        Assert.Equal(bench.Faults.Select(static f => f.ToString()), bad.Faults);
    }

    [Fact]
    public async Task A_backup_that_is_committed_meanwhile_is_no_damage()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("first", "first");
        await bench.BackupAsync();
        foreach (string prefix in new[] { "keys/", "snapshots/", "notes/", "removed/", "index/", "sessions/", "retired/", "packs/" })
        {
            foreach (string level in new[] { "Structure", "Data" })
            {
                bool done = false;
                BackupEngine verifier = bench.CreateEngine("home", path => new FaultyObjectStore(Engine.Storage.FolderObjectStore.Open(path), call =>
                {
                    if (done || call.Operation != StoreOperation.List || call.Name != prefix) return FaultAction.None;
                    done = true;
                    return FaultAction.WaitFor(async token =>
                    {
                        bench.Write($"{prefix}{level}", prefix + level);
                        await bench.BackupAsync(cancellationToken: token);
                    });
                }));
                IntegrityReport report = await verifier.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = level }, bench.Callbacks, default);
                Assert.Equal((prefix, level, "Passed"), (prefix, level, report.Status));
                Assert.True(done || prefix == "keys/", prefix);
            }
        }
    }
}
