namespace BackupPS.Engine.Tests.Operations;

/// <summary>The cache of the index in the home folder: used by all, written by none that only plans, and never needed.</summary>
public sealed class IndexCacheUseTests
{
    [TreeFact]
    public async Task Plans_write_no_cache_and_what_runs_keeps_one_that_may_vanish_or_rot_at_any_time()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = "";
        for (int i = 0; i < 20; i++)
        {
            bench.Write($"f{i}", $"content {i}");
            id = (await bench.BackupAsync()).SnapshotId;
        }

        string cache = bench["home/cache"];
        string[] Files() => Directory.Exists(cache) ? Directory.GetFiles(cache, "*", SearchOption.AllDirectories) : [];
        string kept = Assert.Single(Files());

        Directory.Delete(cache, recursive: true);
        var request = new BackupRequest { Source = [bench.Source], Repository = bench.Vault };
        Assert.Equal(20, (await bench.Engine.PlanBackupAsync(request, bench.Callbacks, default)).FilesUnchanged);
        Assert.Equal(20, (await bench.Engine.PlanRestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"] }, bench.Callbacks, default)).FilesToRestore);
        Assert.False(Directory.Exists(cache));

        await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        string anew = Assert.Single(Files());
        Assert.Equal(Path.GetDirectoryName(kept), Path.GetDirectoryName(anew));

        // Rotten: it is made anew, and nothing was believed.
        byte[] rotten = await File.ReadAllBytesAsync(anew);
        for (int i = 0; i < rotten.Length; i += 1000) rotten[i] ^= 1;
        await File.WriteAllBytesAsync(anew, rotten);
        Assert.Equal(20, (await bench.BackupAsync()).FilesUnchanged);
        Assert.NotEqual(anew, Assert.Single(Files()));
        Assert.Empty(bench.Faults);
        Assert.Empty(bench.Warnings);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        await bench.Engine.RemoveRepositoryAsync("vault", deleteData: false, orphansPolicies: true, default);
        Assert.Empty(Files());
    }

    [TreeFact]
    public async Task Packs_that_vanish_are_absent_however_the_index_is_kept()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 20; i++)
        {
            bench.Write($"f{i}", $"content {i}");
            await bench.BackupAsync();
        }

        foreach (string pack in Directory.EnumerateFiles(bench["vault/packs"], "*", SearchOption.AllDirectories)) File.Delete(pack);
        BackupResult healed = await bench.BackupAsync();
        Assert.Contains(bench.Warnings, static w => w.Contains("missing or cut short", StringComparison.Ordinal));
        Assert.Equal(("Complete", 20), (healed.Status, healed.FilesRead));
        await bench.RestoreAsync(healed.SnapshotId, "out", r => r with { Verify = true });
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }
}
