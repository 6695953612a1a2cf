namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Types of backup, what each reads, and what it says has changed.</summary>
public sealed class ChangeSetTests
{
    private static (long New, long Changed, long Removed, long Unchanged, long Read) Counts(BackupResult r) => (r.FilesNew, r.FilesChanged, r.FilesRemoved, r.FilesUnchanged, r.FilesRead);

    [TreeFact]
    public async Task An_incremental_counts_exactly_and_opens_only_what_changed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 10; i++) bench.Write($"d{i % 3}/f{i}", $"content {i}");
        bench.Write("gone/a", "a");
        bench.Write("gone/deep/b", "b");
        File.CreateSymbolicLink(bench.Source + "/link", "d0/f0");
        Assert.Equal((13, 0, 0, 0, 12), Counts(await bench.BackupAsync()));

        bench.Write("d0/f0", "content 0, longer");
        bench.Write("d1/f1", "cOntent 1");
        bench.Write("d0/new", "new");
        Directory.Delete(bench.Source + "/gone", recursive: true);
        File.Delete(bench.Source + "/link");
        bench.Hooks.Clear();
        BackupResult second = await bench.BackupAsync();
        Assert.Equal("Incremental", second.Type);
        Assert.Equal((1, 2, 3, 8, 3), Counts(second));
        Assert.Equal(new[] { "d0/f0", "d0/new", "d1/f1" }.Select(n => $"{bench.Source}/{n}"), bench.Hooks.Opened.Order(StringComparer.Ordinal));
        Assert.Equal(11, (await bench.ListSnapshotsAsync())[^1].FileCount);
        await bench.RestoreAsync(second.SnapshotId, "out", r => r with { Verify = true });
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        bench.Hooks.Clear();
        BackupResult third = await bench.BackupAsync();
        Assert.Equal((0, 0, 0, 11, 0), Counts(third));
        Assert.Empty(bench.Hooks.Opened);
        Assert.Equal(0, third.BytesRead);

        // The folders above the source change while tests run; the trees that name them are all that is stored.
        Assert.InRange(third.BytesStored, 0, 2048);
    }

    [Fact]
    public async Task A_differential_after_two_changed_files_reads_two_files()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 20; i++) bench.Write($"f{i}", $"content {i}");
        await bench.AddPolicyAsync();
        BackupResult full = await bench.RunPolicyAsync();
        bench.Write("f3", "changed");
        BackupResult incremental = await bench.RunPolicyAsync();
        bench.Write("f7", "changed too");
        BackupResult differential = await bench.RunPolicyAsync("Differential");
        Assert.Equal((full.SnapshotId, "Differential"), (differential.ParentId, differential.Type));
        Assert.Equal((0, 2, 0, 18, 2), Counts(differential));

        // The one that the incremental had stored is read, and not stored again.
        Assert.Equal("changed too".Length + DifferentialTreeBytes(differential), differential.BytesAdded);
        BackupResult next = await bench.RunPolicyAsync();
        Assert.Equal((differential.SnapshotId, "Incremental", 0), (next.ParentId, next.Type, next.FilesRead));
        Assert.Equal(full.SnapshotId, incremental.ParentId);
        IReadOnlyList<BackupSnapshot> all = await bench.ListSnapshotsAsync();
        Assert.Equal([1, 2, 3, 4], all.Select(static s => s.Sequence));
        Assert.Equal(["", full.SnapshotId, incremental.SnapshotId, differential.SnapshotId], all.Select(static s => s.PredecessorId));
    }

    // What is left of the bytes added are the tree's pages: one for each folder on the way.
    private static long DifferentialTreeBytes(BackupResult result)
    {
        long trees = result.BytesAdded - "changed too".Length;
        Assert.InRange(trees, 1, result.DirectoryCount * 4096);
        return trees;
    }

    [Fact]
    public async Task A_full_reads_every_byte_and_stores_nothing_that_is_there()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 5; i++) bench.Write($"f{i}", $"content {i}");
        BackupResult first = await bench.BackupAsync();
        BackupResult full = await bench.BackupAsync("Full");
        Assert.Equal(("Full", ""), (full.Type, full.ParentId));
        Assert.Equal((5, 0, 0, 0, 5), Counts(full));
        Assert.Equal(first.BytesRead, full.BytesRead);
        Assert.InRange(full.BytesStored, 0, 2048);
    }

    [Fact]
    public async Task Auto_makes_a_full_first_when_it_is_due_and_when_there_is_none_left()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        bench.Write("f", "x");
        await bench.AddPolicyAsync(fullEvery: "7d");
        Assert.Equal("Full", (await bench.RunPolicyAsync()).Type);
        clock.Advance(TimeSpan.FromDays(6));
        BackupResult incremental = await bench.RunPolicyAsync();
        Assert.Equal("Incremental", incremental.Type);
        clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromMinutes(1));
        Assert.Equal("Incremental", (await bench.RunPolicyAsync()).Type);
        clock.Advance(TimeSpan.FromMinutes(2));
        BackupResult due = await bench.RunPolicyAsync();
        Assert.Equal(("Full", ""), (due.Type, due.ParentId));
        Assert.Equal("Incremental", (await bench.RunPolicyAsync()).Type);

        foreach (BackupSnapshot s in await bench.ListSnapshotsAsync())
        {
            if (s.Type == "Full") await bench.Engine.RemoveSnapshotAsync("vault", s.SnapshotId, null, default);
        }

        Assert.Equal("Full", (await bench.RunPolicyAsync("Differential")).Type);
    }

    [Theory]
    [InlineData("Incremental")]
    [InlineData("Differential")]
    [InlineData("Auto")]
    public async Task The_first_of_any_type_is_a_full(string type)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        Assert.Equal(("Full", "Incremental"), ((await bench.BackupAsync(type)).Type, (await bench.BackupAsync()).Type));
    }

    [Fact]
    public async Task A_file_that_has_just_changed_is_read_again_even_when_it_looks_the_same()
    {
        var clock = new OffsetClock(TimeSpan.Zero);
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        bench.Write("racy", "just now");
        Assert.Equal((1, 0, 0, 0, 1), Counts(await bench.BackupAsync()));
        Assert.Equal((0, 0, 0, 1, 1), Counts(await bench.BackupAsync()));

        // Read once more with its times 2 s in the past, it is trusted.
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0, 0, 1, 1), Counts(await bench.BackupAsync()));
        Assert.Equal((0, 0, 0, 1, 0), Counts(await bench.BackupAsync()));
    }

    [Fact]
    public async Task A_write_of_the_same_size_that_puts_the_old_time_back_is_noticed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string path = bench.Write("f", "before");
        await bench.BackupAsync();
        DateTime modified = File.GetLastWriteTimeUtc(path);
        bench.Write("f", "behind");
        File.SetLastWriteTimeUtc(path, modified);
        BackupResult second = await bench.BackupAsync();
        Assert.Equal((0, 1, 0, 0, 1), Counts(second));
        await bench.RestoreAsync(second.SnapshotId, "out");
        Assert.Equal("behind", TestBench.Read(bench.Restored("out", "f")));
    }

    [TreeFact]
    public async Task Items_that_become_another_kind_are_counted_and_saved_as_what_they_are()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("to-folder", "file");
        bench.Write("to-link", "file");
        bench.Write("to-file/a", "1");
        bench.Write("to-file/b/c", "2");
        bench.Write("folder-to-link/x", "3");
        bench.Write("same", "4");
        Assert.Equal((6, 0, 0, 0, 6), Counts(await bench.BackupAsync()));
        await Shell.RunAsync("rm -r to-folder to-link to-file folder-to-link; mkdir to-folder; printf y > to-folder/y; ln -s same to-link; printf z > to-file; ln -s to-folder folder-to-link", bench.Source);
        BackupResult second = await bench.BackupAsync();

        // New: to-folder/y, to-file, folder-to-link. Changed: to-link. Removed: to-folder, to-file/a, to-file/b/c, folder-to-link/x.
        Assert.Equal((3, 1, 4, 1, 2), Counts(second));
        await bench.RestoreAsync(second.SnapshotId, "out");
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [Fact]
    public async Task The_parent_of_an_ad_hoc_backup_has_the_same_host_and_the_same_paths()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/1", "1");
        bench.Write("b/2", "2");
        Task<BackupResult> SaveAsync(BackupEngine engine, params string[] names) =>
            engine.BackupAsync(new BackupRequest { Source = [.. names.Select(n => $"{bench.Source}/{n}")], Repository = bench.Vault }, bench.Callbacks, default);

        BackupResult a = await SaveAsync(bench.Engine, "a");
        BackupResult ab = await SaveAsync(bench.Engine, "a", "b");
        BackupResult ba = await SaveAsync(bench.Engine, "b", "a/", "a");
        BackupResult a2 = await SaveAsync(bench.Engine, "a");
        await bench.AddPolicyAsync();
        BackupResult policy = await bench.RunPolicyAsync();
        BackupEngine elsewhere = bench.CreateEngine("other-home");
        BackupResult other = await SaveAsync(elsewhere, "a");
        Assert.Equal(("Full", ""), (a.Type, a.ParentId));
        Assert.Equal(("Full", ""), (ab.Type, ab.ParentId));
        Assert.Equal(("Incremental", ab.SnapshotId), (ba.Type, ba.ParentId));
        Assert.Equal(("Incremental", a.SnapshotId), (a2.Type, a2.ParentId));
        Assert.Equal(("Full", ""), (policy.Type, policy.ParentId));
        Assert.Equal(("Full", ""), (other.Type, other.ParentId));
        Assert.Equal(other.SnapshotId, (await SaveAsync(elsewhere, "a")).ParentId);
    }

    [Fact]
    public async Task One_policy_on_two_hosts_keeps_two_lines_in_one_repository()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        BackupEngine elsewhere = bench.CreateEngine("other-home");
        await bench.AddPolicyAsync();
        await bench.AddPolicyAsync(engine: elsewhere);
        BackupResult here1 = await bench.RunPolicyAsync(), there1 = await bench.RunPolicyAsync(engine: elsewhere);
        BackupResult here2 = await bench.RunPolicyAsync(), there2 = await bench.RunPolicyAsync(engine: elsewhere);
        Assert.Equal(["", "", here1.SnapshotId, there1.SnapshotId], new[] { here1, there1, here2, there2 }.Select(static r => r.ParentId));
        Assert.InRange(there1.BytesStored, 0, 2048);
        IReadOnlyList<BackupSnapshot> all = await bench.ListSnapshotsAsync();
        Assert.Equal([1, 1, 2, 2], all.Select(static s => s.Sequence));
        Assert.Equal(2, all.Select(static s => s.HostId).Distinct().Count());
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public async Task The_line_of_a_policy_goes_on_when_the_clock_was_ahead_for_a_while()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        bench.Write("f", "x");
        await bench.AddPolicyAsync();
        clock.Advance(TimeSpan.FromDays(3650));
        BackupResult ahead = await bench.RunPolicyAsync();
        clock.Advance(TimeSpan.FromDays(-3650));
        BackupResult second = await bench.RunPolicyAsync();
        BackupResult third = await bench.RunPolicyAsync();
        Assert.Equal((ahead.SnapshotId, second.SnapshotId), (second.ParentId, third.ParentId));
        Assert.Equal([2, 3, 1], (await bench.ListSnapshotsAsync()).Select(static s => s.Sequence));
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public async Task A_source_that_a_policy_no_longer_has_is_counted_as_removed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/1", "1");
        bench.Write("b/2", "2");
        bench.Write("b/c/3", "3");
        BackupPolicy policy = await bench.AddPolicyAsync();
        await bench.RunPolicyAsync();
        await bench.Engine.UpdatePolicyAsync(new BackupPolicy { PolicyName = policy.PolicyName, Source = [bench.Source + "/a"], Repository = policy.Repository, RepositoryId = "" }, default);
        Assert.Equal((0, 0, 2, 1, 0), Counts(await bench.RunPolicyAsync()));
    }

    [Fact]
    public async Task A_plan_says_what_the_run_then_does_and_writes_nothing()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 5; i++) bench.Write($"f{i}", $"content {i}");
        await bench.BackupAsync();
        bench.Write("f1", "changed");
        bench.Write("new", "new");
        File.Delete(bench.Source + "/f2");
        string before = await Shell.RunAsync("find vault home -type f -printf '%p %T@ %s\\n' | sort", bench.Folder);
        BackupPlan plan = await bench.Engine.PlanBackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(before, await Shell.RunAsync("find vault home -type f -printf '%p %T@ %s\\n' | sort", bench.Folder));
        BackupResult result = await bench.BackupAsync();
        Assert.Equal(Counts(result), (plan.FilesNew, plan.FilesChanged, plan.FilesRemoved, plan.FilesUnchanged, plan.FilesToRead));
        Assert.Equal((result.Type, result.ParentId, result.BytesRead), (plan.Type, plan.ParentId, plan.BytesToRead));
    }
}
