using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>What the next backup heals, and what it leaves to be told.</summary>
public sealed class HealingTests
{
    private static async Task<(TestBench Bench, BackupResult First)> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 6; i++) bench.Write($"folder{i % 2}/f{i}", $"content {i}");
        return (bench, await bench.BackupAsync());
    }

    [TreeTheory]
    [InlineData("missing", "Full")]
    [InlineData("missing", "Auto")]
    [InlineData("cut short", "Incremental")]
    [InlineData("emptied", "Auto")]
    public async Task Missing_packs_are_saved_again_by_the_next_backup_of_any_type(string damage, string type)
    {
        (TestBench bench, BackupResult first) = await BenchAsync();
        await using TestBench owned = bench;
        foreach (string pack in Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories))
        {
            if (damage == "missing")
            {
                File.Delete(pack);
                continue;
            }

            File.SetAttributes(pack, FileAttributes.Normal);
            using var file = new FileStream(pack, FileMode.Open, FileAccess.Write);
            file.SetLength(damage == "emptied" ? 0 : file.Length - 1);
        }

        IntegrityReport before = await bench.VerifyAsync();
        Assert.Equal([first.SnapshotId], before.AffectedSnapshot);
        bench.ForgetFaults();
        BackupResult second = await bench.BackupAsync(type);
        Assert.Contains(bench.Warnings, w => w.Contains("packs", StringComparison.Ordinal) && w.Contains("missing or cut short", StringComparison.Ordinal));
        Assert.Equal(("Complete", 6), (second.Status, second.FilesRead));
        await bench.RestoreAsync(second.SnapshotId, "second", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("second"));

        // The packs themselves are still missing, and are named: as healed, or, where a tree of the first snapshot is lost because somebody has changed a folder
        // above the source meanwhile, as damage of that one.
        IntegrityReport after = await bench.VerifyAsync();
        Assert.DoesNotContain(second.SnapshotId, after.AffectedSnapshot);
        Assert.Equal(after.AffectedSnapshot.Length == 0 ? "Passed" : "Failed", after.Status);
        Assert.Equal(2, after.DamagedObject.Concat(after.HealedObject).Count(static n => n.StartsWith("packs/", StringComparison.Ordinal)));
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
    }

    [Fact]
    public async Task A_damaged_index_is_healed_also_where_what_it_said_is_kept_once_verification_has_found_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 18; i++)
        {
            bench.Write($"f{i}", $"content {i}");
            await bench.BackupAsync();
        }

        Assert.NotEmpty(Directory.GetFiles(bench["home/cache"], "*.run", SearchOption.AllDirectories));
        string index = Directory.GetFiles(bench.Vault + "/index").MinBy(File.GetLastWriteTimeUtc)!;
        byte[] bytes = await File.ReadAllBytesAsync(index);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(index, bytes);
        Assert.Equal(18, (await bench.VerifyAsync("Structure")).AffectedSnapshot.Length);
        bench.ForgetFaults();
        BackupResult healing = await bench.BackupAsync("Full");
        Assert.Contains(bench.Warnings, w => w.Contains("index/" + Path.GetFileName(index), StringComparison.Ordinal));
        IntegrityReport after = await bench.VerifyAsync("Structure");
        Assert.Contains("index/" + Path.GetFileName(index), after.DamagedObject);
        Assert.DoesNotContain(healing.SnapshotId, after.AffectedSnapshot);
    }

    [TreeTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_or_missing_index_hinders_no_backup_and_is_healed_by_it(bool missing)
    {
        (TestBench bench, BackupResult first) = await BenchAsync();
        await using TestBench owned = bench;
        string index = Assert.Single(Directory.EnumerateFiles(bench.Vault + "/index"));
        File.Delete(index);
        if (!missing) await File.WriteAllTextAsync(index, "damaged");
        Assert.Equal([first.SnapshotId], (await bench.VerifyAsync()).AffectedSnapshot);
        bench.ForgetFaults();
        BackupResult second = await bench.BackupAsync();
        Assert.Equal("Complete", second.Status);
        if (!missing) Assert.Contains(bench.Warnings, w => w.Contains("index/" + Path.GetFileName(index), StringComparison.Ordinal));
        IntegrityReport after = await bench.VerifyAsync();
        Assert.Equal(missing ? [] : ["index/" + Path.GetFileName(index)], after.DamagedObject.Where(static n => n.Contains('/', StringComparison.Ordinal)));
        Assert.DoesNotContain(second.SnapshotId, after.AffectedSnapshot);
        Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
        foreach (BackupResult result in new[] { first, second })
        {
            await bench.RestoreAsync(result.SnapshotId, result.SnapshotId, r => r with { Verify = true });
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored(result.SnapshotId));
        }
    }

    [TreeTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_flipped_pack_is_saved_again_once_verification_has_found_it(bool isTakenAway)
    {
        (TestBench bench, BackupResult first) = await BenchAsync();
        await using TestBench owned = bench;
        foreach (string pack in Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(pack, FileAttributes.Normal);
            using var file = new FileStream(pack, FileMode.Open, FileAccess.ReadWrite);
            file.Position = 60;
            int value = file.ReadByte();
            file.Position = 60;
            file.WriteByte((byte)(value ^ 1));
        }

        // The index cannot know of it: a check tells, and what it has found is stored again by the next backup of this host.
        await bench.BackupAsync("Full");
        IntegrityReport report = await bench.VerifyAsync();
        Assert.Contains(first.SnapshotId, report.AffectedSnapshot);
        if (isTakenAway) foreach (string name in report.DamagedObject.Where(static n => n.StartsWith("packs/", StringComparison.Ordinal))) File.Delete(Path.Join(bench.Vault, name));
        BackupResult healed = await bench.BackupAsync();
        Assert.Equal("Complete", healed.Status);
        IntegrityReport after = await bench.VerifyAsync();
        Assert.DoesNotContain(healed.SnapshotId, after.AffectedSnapshot);
        await bench.RestoreAsync(healed.SnapshotId, "out", r => r with { Verify = true });
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        // What was healed stays so when space is given back, by who knows of the damage and by who does not.
        foreach (BackupSnapshot old in await bench.ListSnapshotsAsync())
        {
            if (old.SnapshotId != healed.SnapshotId) await bench.Engine.RemoveSnapshotAsync(bench.Vault, old.SnapshotId, null, default);
        }

        BackupEngine stranger = bench.CreateEngine("another");
        foreach (BackupEngine engine in new[] { stranger, stranger, bench.Engine })
        {
            try
            {
                await engine.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault, MaxUnusedPercent = 0 }, RunCallbacks.None, default);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                // It has come upon the damage, and deletes nothing.
            }

            Assert.Equal("Complete", (await bench.RestoreAsync(healed.SnapshotId, Guid.NewGuid().ToString("n"), r => r with { Verify = true })).Status);
        }
    }

    [TreeTheory]
    [InlineData("Incremental", false)]
    [InlineData("Full", true)]
    public async Task What_a_run_finds_to_be_damaged_is_stored_again_by_it_or_costs_it_its_completeness(string type, bool proves)
    {
        (TestBench bench, _) = await BenchAsync();
        await using TestBench owned = bench;
        foreach (string pack in Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories))
        {
            byte[] bytes = await File.ReadAllBytesAsync(pack);
            for (int i = 60; i < bytes.Length - 60; i += 5) bytes[i] ^= 0x55;
            await File.WriteAllBytesAsync(pack, bytes);
        }

        int complete = 0;
        for (int run = 1; run <= 2; run++)
        {
            bench.Write($"new{run}", $"new {run}");
            BackupResult result = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault, Type = type, VerifyStored = proves }, bench.Callbacks, default);
            if (result.Status != "Complete") continue;
            complete++;
            Assert.Equal("Complete", (await bench.RestoreAsync(result.SnapshotId, $"out{run}", r => r with { Verify = true })).Status);
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored($"out{run}"));
        }

        Assert.True(complete > 0);
        Assert.Contains(bench.Warnings, static w => w.Contains("packs/", StringComparison.Ordinal) && w.Contains("stored again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_known_to_be_damaged_counts_again_once_a_verification_has_read_it()
    {
        const int Length = 50_000;
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync($"head -c {Length} /dev/urandom > f", bench.Source);
        await bench.BackupAsync();
        string pack = Directory.EnumerateFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).MaxBy(static p => new FileInfo(p).Length)!;
        byte[] whole = await File.ReadAllBytesAsync(pack);
        await File.WriteAllBytesAsync(pack, [.. whole.Select(static (b, i) => i is > 60 and < 70 ? (byte)~b : b)]);
        Assert.Equal("Failed", (await bench.VerifyAsync()).Status);
        await File.WriteAllBytesAsync(pack, whole);
        foreach (string level in new[] { "Structure", "Data" })
        {
            Assert.Equal("Passed", (await bench.VerifyAsync(level)).Status);
            Assert.Equal(level == "Structure", (await bench.BackupAsync("Full")).BytesAdded >= Length);
        }
    }

    [Fact]
    public async Task A_parent_whose_tree_cannot_be_read_costs_a_reading_and_one_whose_content_cannot_the_completeness_of_one_run()
    {
        (TestBench bench, BackupResult first) = await BenchAsync();
        await using TestBench owned = bench;
        StoreImage image = await StoreImage.ReadAsync(bench.Vault);
        foreach (string pack in image.Names("packs/"))
        {
            MemoryObjectStore store = image.ToStore(o => o[pack] = [.. o[pack].Select(static (b, i) => i is > 50 and < 70 ? (byte)~b : b)]);
            BackupEngine engine = bench.CreateEngine("home", _ => store);
            bench.ForgetFaults();
            BackupResult second = await bench.BackupAsync(engine: engine);
            Assert.Contains(second.FilesRead, new long[] { 0, 6 });
            Assert.Equal(second.FilesRead == 6 ? ("Complete", 0) : ("Incomplete", 1), (second.Status, second.FaultCount));
            if (second.FilesRead == 0) Assert.StartsWith("ObjectDamaged: " + pack, Assert.Single(second.Faults), StringComparison.Ordinal);
            BackupResult third = await bench.BackupAsync(engine: engine);
            Assert.Equal(("Complete", 0), (third.Status, third.FaultCount));
            Assert.Equal(second.FilesRead == 6, bench.Warnings.Any(static w => w.Contains("read again", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_run_that_verifies_itself_is_not_failed_by_a_pack_that_only_older_snapshots_need()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync(verify: "Data");
        bench.Write("old", "only in the first");
        BackupResult first = await bench.RunPolicyAsync();
        Assert.Equal(("Complete", "Passed"), (first.Status, first.Verification));
        File.Delete(bench["source/old"]);
        bench.Write("new", "from the second on");
        await bench.RunPolicyAsync();
        foreach (string pack in Directory.EnumerateFiles(bench["vault/packs"], "*", SearchOption.AllDirectories).OrderBy(File.GetLastWriteTimeUtc).Take(2)) File.Delete(pack);

        BackupResult third = await bench.RunPolicyAsync();
        Assert.Equal(("Complete", "Passed"), (third.Status, third.Verification));
        IntegrityReport whole = await bench.VerifyAsync();
        Assert.Equal("Failed", whole.Status);
        Assert.Contains(first.SnapshotId, whole.AffectedSnapshot);
        Assert.DoesNotContain(third.SnapshotId, whole.AffectedSnapshot);
    }
}
