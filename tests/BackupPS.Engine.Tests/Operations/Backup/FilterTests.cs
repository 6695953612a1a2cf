namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Filters end to end: what is in the snapshot, and what is counted as excluded.</summary>
public sealed class FilterTests
{
    private static async Task<TestBench> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        foreach (string name in new[] { "keep.txt", "drop.tmp", "sub/keep.cs", "sub/drop.tmp", "sub/bin/out.dll", "sub/bin/deep/out.txt", "logs/a.log", "logs/b.txt" }) bench.Write(name, name);
        return bench;
    }

    private static async Task AssertSavedAsync(TestBench bench, FilterRules filter, int excluded, params string[] expected)
    {
        BackupResult result = await bench.BackupAsync("Full", filter);
        Assert.Empty(bench.Faults);
        string destination = "out" + Guid.NewGuid().ToString("n");
        await bench.RestoreAsync(result.SnapshotId, destination);
        string root = bench.Restored(destination);
        string[] found = [.. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(f => Path.GetRelativePath(root, f)).Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Order(StringComparer.Ordinal), found);
        Assert.Equal(expected.Length, result.FilesNew);
        Assert.Equal(excluded, result.ItemsExcluded);
    }

    [Fact]
    public async Task Excluded_files_and_folders_are_left_out_and_counted_once_each()
    {
        await using TestBench bench = await BenchAsync();
        await AssertSavedAsync(bench, new FilterRules { Exclude = ["**/*.tmp", "**/bin/", bench.Source + "/logs/a.*"] }, 4, "keep.txt", "sub/keep.cs", "logs/b.txt");
    }

    [Fact]
    public async Task A_snapshot_without_any_file_is_told()
    {
        await using TestBench bench = await BenchAsync();
        Assert.Equal("Complete", (await bench.BackupAsync(filter: new FilterRules { Include = ["**/*.misspelt"] })).Status);
        Assert.Contains("everything is excluded", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        bench.ForgetFaults();
        await bench.BackupAsync();
        Assert.Empty(bench.Warnings);
        await Shell.RunAsync("rm -r ./*", bench.Source);
        Assert.Equal("Incomplete", (await bench.BackupAsync()).Status);
        Assert.Contains("mounted", Assert.Single(bench.Faults).Reason, StringComparison.Ordinal);
        bench.ForgetFaults();
        Assert.Equal("Complete", (await bench.BackupAsync("Full")).Status);
        Assert.Contains("mounted", Assert.Single(bench.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_within_its_own_source_is_told_until_it_is_excluded()
    {
        await using TestBench bench = await BenchAsync();
        Task<BackupResult> RunAsync(string source, params string[] exclude) =>
            bench.Engine.BackupAsync(new BackupRequest { Source = [source], Repository = bench.Vault, Filter = new FilterRules { Exclude = exclude } }, bench.Callbacks, default);
        await RunAsync(bench.Folder);
        Assert.Contains(bench.Vault, Assert.Single(bench.Warnings), StringComparison.Ordinal);
        bench.ForgetFaults();
        await RunAsync(bench.Folder, bench.Vault, "home");
        await RunAsync(bench.Folder, "**/vault", "home");
        await RunAsync(bench.Source);
        Assert.Empty(bench.Warnings);
    }

    [Fact]
    public async Task Only_included_files_are_saved()
    {
        await using TestBench bench = await BenchAsync();
        await AssertSavedAsync(bench, new FilterRules { Include = ["**/*.txt"], Exclude = ["**/deep"] }, 6, "keep.txt", "logs/b.txt");
    }

    [Fact]
    public async Task Ignore_files_hold_below_their_folder()
    {
        await using TestBench bench = await BenchAsync();
        bench.Write(".backupignore", "*.tmp\n/sub/bin/\n# a comment\n!sub/drop.tmp\n");
        bench.Write("logs/.backupignore", "*\n!b.txt\n!.backupignore\n");
        await AssertSavedAsync(bench, FilterRules.None, 3, ".backupignore", "keep.txt", "sub/keep.cs", "sub/drop.tmp", "logs/.backupignore", "logs/b.txt");
    }

    [Fact]
    public async Task Caches_are_left_out_but_for_their_tag()
    {
        await using TestBench bench = await BenchAsync();
        bench.Write("sub/bin/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# a cache");
        bench.Write("logs/CACHEDIR.TAG", "Signature: no such thing at all, but just as long....");
        string[] others = ["keep.txt", "drop.tmp", "sub/keep.cs", "sub/drop.tmp", "logs/a.log", "logs/b.txt", "logs/CACHEDIR.TAG", "sub/bin/CACHEDIR.TAG"];
        await AssertSavedAsync(bench, new FilterRules { ExcludeCaches = true }, 2, others);
        await AssertSavedAsync(bench, FilterRules.None, 0, [.. others, "sub/bin/out.dll", "sub/bin/deep/out.txt"]);
    }

    [Fact]
    public async Task Files_larger_than_the_limit_are_left_out()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("at-limit", new string('x', 1000));
        bench.Write("above", new string('x', 1001));
        File.CreateSymbolicLink(bench.Source + "/link", "above");
        await AssertSavedAsync(bench, new FilterRules { ExcludeLargerThan = 1000 }, 1, "at-limit", "link");
    }

    [Fact]
    public async Task Another_file_system_stays_an_empty_mount_point()
    {
        // /dev, and not /dev/shm or what else is mounted in it: every Linux has that without anybody's mounting. Devices are not read.
        if (!Directory.Exists("/dev/shm")) return;
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        string inside = $"/dev/shm/backupps-test-{Guid.NewGuid():n}";
        await Shell.RunAsync($"printf x > {inside}", "/");
        try
        {
            var filter = new FilterRules { Include = ["/dev/shm/backupps-test-*"] };
            var request = new BackupRequest { Source = ["/dev"], Repository = bench.Vault, Filter = filter };
            BackupResult all = await bench.Engine.BackupAsync(request, RunCallbacks.None, default);
            BackupResult one = await bench.Engine.BackupAsync(request with { Type = "Full", Filter = filter with { OneFileSystem = true } }, RunCallbacks.None, default);
            Assert.Contains(inside, await ListAsync(bench, all.SnapshotId));
            IReadOnlyList<string> kept = await ListAsync(bench, one.SnapshotId);
            Assert.Contains("/dev/shm", kept);
            Assert.DoesNotContain(kept, static p => p.StartsWith("/dev/shm/", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(inside);
        }
    }

    [Fact]
    public async Task What_is_excluded_later_leaves_the_next_snapshot()
    {
        await using TestBench bench = await BenchAsync();
        await bench.BackupAsync();
        BackupResult second = await bench.BackupAsync(filter: new FilterRules { Exclude = ["**/*.tmp"] });
        Assert.Equal((0, 6, 2), (second.FilesRead, second.FilesUnchanged, second.ItemsExcluded));
        Assert.Equal(6, (await bench.ListSnapshotsAsync())[^1].FileCount);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(TestBench bench, string snapshotId)
    {
        var paths = new List<string>();
        await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = snapshotId, Recurse = true }, default)) paths.Add(item.Path);
        return paths;
    }
}
