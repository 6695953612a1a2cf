using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>The catalog is never in the way: lost, unusable or newer than the store, backups and restores go on.</summary>
public sealed class CatalogLossTests
{
    [Fact]
    public async Task With_the_catalog_deleted_everything_is_reachable_by_path()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        BackupResult first = await bench.RunPolicyAsync();
        foreach (string file in Directory.EnumerateFiles(bench["home"], "catalog.db*")) File.Delete(file);
        BackupEngine engine = bench.CreateEngine("home");
        Assert.Equal(first.SnapshotId, Assert.Single(await bench.ListSnapshotsAsync(engine)).SnapshotId);
        Assert.Equal("Complete", (await bench.RestoreAsync(first.SnapshotId, "out")).Status);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);

        // Without root, a restore warns of the owners of the folders above.
        bench.ForgetFaults();
        BackupResult adHoc = await bench.BackupAsync(engine: engine);
        Assert.Equal("Complete", adHoc.Status);
        Assert.Equal("RepositoryNotFound", (await Assert.ThrowsAsync<BackupException>(() => engine.GetRepositoryAsync("vault", default))).Error.Id);

        // The host is the same: connected and written again, the policy goes on where it was.
        await engine.ConnectRepositoryAsync("vault", bench.Vault, bench.Secret, default);
        await bench.AddPolicyAsync();
        BackupResult next = await bench.RunPolicyAsync(engine: engine);
        Assert.Equal(("Incremental", first.SnapshotId, 0), (next.Type, next.ParentId, next.FilesRead));
        Assert.Empty(bench.Warnings);
    }

    [Theory]
    [InlineData("a folder")]
    [InlineData("damaged")]
    public async Task With_an_unusable_catalog_backup_verification_and_restore_by_path_succeed_with_a_warning(string how)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        foreach (string file in Directory.EnumerateFiles(bench["home"], "catalog.db*")) File.Delete(file);
        if (how == "damaged") await File.WriteAllTextAsync(bench["home/catalog.db"], string.Concat(Enumerable.Repeat("no database ", 1000)));
        else Directory.CreateDirectory(bench["home/catalog.db"]);
        BackupEngine engine = bench.CreateEngine("home");
        BackupResult first = await bench.BackupAsync(engine: engine);
        Assert.Equal("Complete", first.Status);
        Assert.Contains(bench.Warnings, static w => w.Contains("not recorded", StringComparison.Ordinal));
        Assert.Equal(first.SnapshotId, (await bench.BackupAsync(engine: engine)).ParentId);
        Assert.Equal("Complete", (await bench.RestoreAsync(first.SnapshotId, "out")).Status);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Equal("CatalogUnusable", (await Assert.ThrowsAsync<BackupException>(() => engine.GetPoliciesAsync(default))).Error.Id);
    }

    [Fact]
    public async Task A_store_that_was_set_back_is_noticed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        await bench.RunPolicyAsync();
        await Shell.RunAsync("cp -a vault earlier", bench.Folder);
        BackupResult lost = await bench.RunPolicyAsync();
        Assert.Empty(bench.Warnings);
        await Shell.RunAsync("rm -r vault; mv earlier vault", bench.Folder);
        BackupResult after = await bench.RunPolicyAsync();
        Assert.Equal("Complete", after.Status);
        Assert.Contains(lost.SnapshotId, Assert.Single(bench.Warnings), StringComparison.Ordinal);
        bench.ForgetFaults();
        await bench.RunPolicyAsync();
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public async Task Removing_the_newest_snapshots_is_no_setting_back()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        await bench.RunPolicyAsync();
        foreach (BackupResult removed in new[] { await bench.RunPolicyAsync(), await bench.RunPolicyAsync() }) await bench.Engine.RemoveSnapshotAsync("vault", removed.SnapshotId, null, default);
        await bench.RunPolicyAsync();
        await bench.RunPolicyAsync();
        Assert.Empty(bench.Warnings);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
    }

    [Fact]
    public async Task A_run_that_was_killed_is_not_said_to_be_running()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 100000000 /dev/urandom > big", bench.Source);
        using (System.Diagnostics.Process child = ChildProcess.Start(ChildProcess.CommandLine(OperationsChild.Task, bench.Folder, "backup")))
        {
            Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());
            for (int i = 0; i < 500 && (await bench.Engine.GetRunsAsync(null, null, null, 0, default)).Count == 0; i++) await Task.Delay(5);
            child.Kill();
            await child.WaitForExitAsync();
        }

        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync(null, null, null, 0, default));
        Assert.NotEqual("Running", run.Status);
        Assert.NotEqual("Complete", run.Status);
    }

    [Fact]
    public async Task A_run_whose_beginning_could_not_be_recorded_is_recorded_at_its_end()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "f");
        string catalog = bench["other/catalog.db"];
        Directory.CreateDirectory(catalog);
        BackupEngine engine = bench.CreateEngine("other", path => new FaultyObjectStore(FolderObjectStore.Open(path), call =>
            call.Operation != StoreOperation.PutNew || !call.Name.StartsWith("snapshots/", StringComparison.Ordinal) ? FaultAction.None : FaultAction.WaitFor(async token =>
            {
                while (!bench.Warnings.Any(static w => w.Contains("This run is not recorded", StringComparison.Ordinal))) await Task.Delay(10, token);
                Directory.Delete(catalog);
            })));
        BackupResult result = await bench.BackupAsync(engine: engine);
        BackupRun run = Assert.Single(await engine.GetRunsAsync(null, null, null, 0, default));
        Assert.Equal((result.RunId, "Complete", result.SnapshotId), (run.RunId, run.Status, run.SnapshotId));
    }

    [Fact]
    public async Task A_full_disk_is_told_as_a_full_disk_and_costs_only_the_record()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        if (await Shell.RunAsync("mkdir small; mount -t tmpfs -o size=600k none small 2>/dev/null && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            BackupEngine engine = bench.CreateEngine("small");
            await bench.BackupAsync(engine: engine);
            await Shell.RunAsync("rm -f small/catalog.db-*; cat /dev/zero > small/fill 2>/dev/null || true", bench.Folder);
            BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.AddPolicyAsync(engine: engine));
            Assert.Equal("CatalogUnusable", e.Error.Id);
            Assert.Contains("its file system is full", e.Message, StringComparison.Ordinal);
            BackupResult result = await bench.BackupAsync(engine: engine);
            Assert.Equal("Complete", result.Status);
            Assert.Contains(bench.Warnings, static w => w.Contains("its file system is full", StringComparison.Ordinal));
        }
        finally
        {
            await Shell.RunAsync("umount small", bench.Folder);
        }
    }
}
