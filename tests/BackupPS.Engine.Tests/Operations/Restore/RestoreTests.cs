using BackupPS.Engine.Platform;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Selections, overwriting, conflicts and faults of a restore.</summary>
public sealed class RestoreTests
{
    private static async Task<(TestBench Bench, string SnapshotId)> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/b/file", "content of the file");
        bench.Write("a/b/other", "other");
        bench.Write("a/top", "top");
        bench.Write("z/last", "last");
        await Shell.RunAsync("chmod 750 a; chmod 711 a/b; touch -d '2001-02-03 04:05:06.789 UTC' a/b/file a/b a z", bench.Source);
        return (bench, (await bench.BackupAsync()).SnapshotId);
    }

    private static async Task<string> FilesAsync(string folder) => Directory.Exists(folder) ? (await Shell.RunAsync("find . ! -type d | sort | tr '\\n' ' '", folder)).Trim() : "";

    private static async Task AssertNoTemporariesAsync(TestBench bench) => Assert.Equal("", await Shell.RunAsync("find . -name '.backupps-*'", bench.Folder));

    [Theory]
    [InlineData("**/b", "./a/b/file ./a/b/other")]
    [InlineData("**/*t*", "./a/b/other ./a/top ./z/last")]
    [InlineData("**/a/*", "./a/b/file ./a/b/other ./a/top")]
    public async Task Patterns_choose_items_and_all_below_them(string pattern, string expected)
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;

        // The bench's own path must not match.
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Path = [pattern.Replace("**", bench.Source + "/**", StringComparison.Ordinal)] });
        Assert.Equal(expected, await FilesAsync(bench.Restored("out")));
        Assert.Equal(expected.Split(' ').Length, result.FilesRestored);
    }

    [Fact]
    public async Task A_named_path_brings_the_folders_that_lead_to_it_with_their_metadata()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        await bench.RestoreAsync(id, "out", r => r with { LiteralPath = [bench.Source + "/a/b/file"] });
        Assert.Equal("./a/b/file", await FilesAsync(bench.Restored("out")));
        const string List = "stat -c '%a %Y %n' a a/b a/b/file";
        Assert.Equal(await Shell.RunAsync(List, bench.Source), await Shell.RunAsync(List, bench.Restored("out")));

        // Folders that were there keep what they have.
        await Shell.RunAsync("mkdir -p a/b; chmod 700 a; touch -d @1 a", Directory.CreateDirectory(bench.Restored("there")).FullName);
        await bench.RestoreAsync(id, "there", r => r with { LiteralPath = [bench.Source + "/a/b/file"], Overwrite = "Always" });
        Assert.Equal("700 1\n", await Shell.RunAsync("stat -c '%a %Y' a", bench.Restored("there")));
    }

    [Fact]
    public async Task What_matches_nothing_is_an_error_or_a_fault_beside_what_does()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        Assert.Equal("ItemNotFound", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", r => r with { Path = ["/no/such/*"] }))).Error.Id);
        Assert.Equal("ItemNotFound", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", r => r with { LiteralPath = ["/no/such"] }))).Error.Id);
        Assert.False(Directory.Exists(bench["out"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_pattern_and_each_name_that_meets_nothing_is_a_fault(bool inPlace)
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        string[] found = [bench.Source + "/a/*", "**/last", bench.Source + "/a/b/f*"], named = [bench.Source + "/a/top", "/"];
        foreach ((string[] patterns, string[] names, string[] missing) in new (string[], string[], string[])[]
        {
            (found, named, []),
            (found, [], []),
            ([found[0]], [], []),
            ([found[0], "/none/*"], [], ["/none/*"]),
            (["/none/*", "**/last"], ["/none/here"], ["/none/*", "/none/here"]),
            (["/none/*"], [named[0]], ["/none/*"]),
            (["/none/*"], ["/"], ["/none/*"]),
            ([], ["/", "/none/here"], ["/none/here"]),
            ([bench.Source + "/a/b", bench.Source + "/a/b/none*"], [], [bench.Source + "/a/b/none*"]),
        })
        {
            bench.ForgetFaults();
            var request = new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], InPlace = inPlace, Overwrite = "Always", Path = patterns, LiteralPath = names };
            await bench.Engine.PlanRestoreAsync(request, bench.Callbacks, default);
            Assert.Equal(missing, bench.Faults.Select(static f => f.Path).Order(StringComparer.Ordinal));
            bench.ForgetFaults();
            RestoreResult result = await bench.Engine.RestoreAsync(request, bench.Callbacks, default);
            Assert.Equal(missing, bench.Faults.Select(static f => f.Path).Order(StringComparer.Ordinal));
            Assert.All(bench.Faults, static f => Assert.Equal("ItemNotFound", f.Error.Id));
            Assert.Equal(missing.Length == 0 ? "Complete" : "Incomplete", result.Status);
        }
    }

    [Fact]
    public async Task A_folder_and_what_is_in_it_may_both_be_named()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        string[] named = [.. new[] { "a", "a/b", "a/b/file", "a/top", "a/none" }.Select(n => Path.Join(bench.Source, n))];
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", r => r with { LiteralPath = named[..4] })).Status);
        Assert.Equal("Incomplete", (await bench.RestoreAsync(id, "again", r => r with { LiteralPath = named })).Status);
        Assert.Equal(named[4], Assert.Single(bench.Faults).Path);
    }

    [Theory]
    [InlineData("Never", false, false, false)]
    [InlineData("IfNewer", true, false, false)]
    [InlineData("IfChanged", true, true, false)]
    [InlineData("Always", true, true, true)]
    public async Task Overwrite_decides_by_the_target(string overwrite, bool older, bool newer, bool same)
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        string target = bench.Restored("out", "a/b/file");
        foreach ((string time, bool replaced) in new[] { ("2000-01-01 UTC", older), ("2010-01-01 UTC", newer), ("2001-02-03 04:05:06.789 UTC", same) })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await File.WriteAllTextAsync(target, "CONTENT OF THE FILE");
            await Shell.RunAsync($"touch -d '{time}' '{target}'", "/");
            RestorePlan plan = await bench.Engine.PlanRestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], Overwrite = overwrite, LiteralPath = [bench.Source + "/a/b/file"] }, bench.Callbacks, default);
            RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Overwrite = overwrite, LiteralPath = [bench.Source + "/a/b/file"] });
            Assert.Equal(replaced ? "content of the file" : "CONTENT OF THE FILE", TestBench.Read(target));
            Assert.Equal((replaced ? 1 : 0, replaced ? 0 : 1), (result.FilesRestored, result.FilesSkipped));
            Assert.Equal((result.FilesRestored, result.FilesSkipped, result.BytesRestored), (plan.FilesToRestore, plan.FilesToSkip, plan.BytesToRestore));
        }

        Assert.Empty(bench.Faults);
    }

    [Fact]
    public async Task A_link_in_a_folders_place_is_replaced_and_never_followed_and_a_full_folder_stays()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        string root = bench.Restored("out");
        Directory.CreateDirectory(root + "/a/top/full");
        Directory.CreateDirectory(bench["outside"]);
        await File.WriteAllTextAsync(bench["outside/file"], "outside");
        File.CreateSymbolicLink(root + "/a/b", bench["outside"]);
        await File.WriteAllTextAsync(root + "/z", "a file where a folder should be");
        RestoreResult never = await bench.RestoreAsync(id, "out");
        Assert.Equal(("Incomplete", 0, 1), (never.Status, never.FilesRestored, never.FilesDifferent));
        Assert.All(bench.Faults, static f => Assert.Equal("TargetConflict", f.Error.Id));
        Assert.Equal(new[] { "a/b", "a/b/file", "a/b/other", "z", "z/last" }.Select(n => $"{bench.Source}/{n}"), bench.Faults.Select(static f => f.Path).Order(StringComparer.Ordinal));
        Assert.StartsWith($"{bench.Source}/a/top: ", Assert.Single(never.Different), StringComparison.Ordinal);
        Assert.Equal("a file where a folder should be", TestBench.Read(root + "/z"));
        bench.ForgetFaults();

        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Overwrite = "Always" });
        Assert.Equal(("Incomplete", 3), (result.Status, result.FilesRestored));
        BackupFault fault = Assert.Single(bench.Faults);
        Assert.Equal(("TargetConflict", bench.Source + "/a/top"), (fault.Error.Id, fault.Path));
        Assert.True(Directory.Exists(root + "/a/top/full"));
        Assert.Null(new DirectoryInfo(root + "/a/b").LinkTarget);
        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(bench["outside"]).Select(Path.GetFileName));
        Assert.Equal("outside", TestBench.Read(bench["outside/file"]));
        Assert.Equal("last", TestBench.Read(root + "/z/last"));
        await AssertNoTemporariesAsync(bench);
    }

    [Fact]
    public async Task A_link_in_the_place_of_a_file_is_replaced_and_not_followed()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        await File.WriteAllTextAsync(bench["outside"], "outside");
        string target = bench.Restored("out", "a/top");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.CreateSymbolicLink(target, bench["outside"]);
        await bench.RestoreAsync(id, "out", r => r with { Overwrite = "Never" });
        Assert.Equal(bench["outside"], new FileInfo(target).LinkTarget);
        await bench.RestoreAsync(id, "out", r => r with { Overwrite = "Always", Verify = true });
        Assert.Null(new FileInfo(target).LinkTarget);
        Assert.Equal(("top", "outside"), (TestBench.Read(target), TestBench.Read(bench["outside"])));
    }

    [Fact]
    public async Task A_destination_of_any_bytes_is_made_where_it_is_missing()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        await bench.RestoreAsync(id, "new/bytes\udcff/out", r => r with { LiteralPath = [bench.Source + "/a/top"] });
        Assert.Equal("top", await Shell.RunAsync($"cat $'new/bytes\\xff/out'\"{bench.Source}/a/top\"", bench.Folder));
        await File.WriteAllTextAsync(bench["file"], "a file");
        foreach (string destination in new[] { "file", "file/below" })
        {
            Assert.Equal("DestinationUnusable", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, destination))).Error.Id);
        }
    }

    [TreeFact]
    public async Task The_former_places_are_restored_below_the_root()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        await Shell.RunAsync("cp -a source expected; printf damaged > source/a/top; rm -r source/a/b", bench.Folder);
        RestoreResult result = await bench.Engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = "/", Overwrite = "IfChanged", Verify = true, LiteralPath = [bench.Source] }, bench.Callbacks, default);
        Assert.Equal(("Complete", 3, 1), (result.Status, result.FilesRestored, result.FilesSkipped));
        await TreeListing.AssertSameAsync(bench["expected"], bench.Source);
    }

    [Fact]
    public async Task Space_is_checked_before_the_first_byte()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.FreeSpace = static () => 10;
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out"));
        Assert.Equal("NotEnoughSpace", e.Error.Id);
        Assert.False(Directory.Exists(bench["out"]));
        Assert.Equal("Failed", (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Status);
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", r => r with { LiteralPath = [bench.Source + "/a/top"] })).Status);
    }

    [Fact]
    public async Task A_disk_that_fills_up_ends_the_restore_and_leaves_no_temporary()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.Write = static (_, _) => throw FileSystemHooks.Fail(PlatformFailure.Full);
        Assert.Equal("NotEnoughSpace", (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out"))).Error.Id);
        await AssertNoTemporariesAsync(bench);
        Assert.Equal("", await FilesAsync(bench["out"]));
    }

    [Fact]
    public async Task What_cannot_be_written_is_a_fault_and_the_rest_goes_on()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.Write = static (folder, _) =>
        {
            if (folder.EndsWith("/b", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        bench.Hooks.Rename = static path =>
        {
            if (path.EndsWith("/top", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.ReadOnly);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out");
        Assert.Equal(("Incomplete", 1, 3), (result.Status, result.FilesRestored, result.FaultCount));
        Assert.All(bench.Faults, static f => Assert.Equal("WriteFailed", f.Error.Id));
        Assert.Equal("./z/last", await FilesAsync(bench.Restored("out")));
        await AssertNoTemporariesAsync(bench);
        BackupRun run = (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single();
        Assert.Equal(("Restore", "Incomplete", 3), (run.Operation, run.Status, run.FaultCount));
    }

    [Fact]
    public async Task Verify_reads_back_what_was_written()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        bench.Hooks.Corrupt = static (folder, _, bytes) =>
        {
            if (folder.EndsWith("/z", StringComparison.Ordinal)) bytes[0] ^= 1;
        };
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "unverified")).Status);
        RestoreResult result = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal(("Incomplete", false), (result.Status, result.Verified));
        BackupFault fault = Assert.Single(bench.Faults);
        Assert.Equal(("VerifyFailed", bench.Source + "/z/last"), (fault.Error.Id, fault.Path));
        IntegrityReport drill = await bench.VerifyAsync("Restore");
        Assert.Equal("Failed", drill.Status);
        Assert.Equal([id], drill.AffectedSnapshot);
        Assert.Equal("", await Shell.RunAsync("find . -name 'backupps-sandbox-*'", bench.Folder));
    }

    [Fact]
    public async Task What_was_left_alone_is_verified_too_and_does_not_pass_for_the_snapshots()
    {
        (TestBench bench, string id) = await BenchAsync();
        await using TestBench owned = bench;
        Assert.True((await bench.RestoreAsync(id, "out", r => r with { Verify = true })).Verified);
        Assert.Empty(bench.Warnings);
        await File.WriteAllTextAsync(bench.Restored("out", "a/top"), "something else");
        RestoreResult again = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal(("Incomplete", 0L, 4L, 1L, false), (again.Status, again.FilesRestored, again.FilesSkipped, again.FilesDifferent, again.Verified));
        Assert.StartsWith($"{bench.Source}/a/top: 14 bytes", Assert.Single(again.Different), StringComparison.Ordinal);
        Assert.Contains(again.Different[0], Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Equal("Incomplete", (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Status);

        // The same size and time: only reading tells.
        await Shell.RunAsync($"printf TOP > a/top; touch -r '{bench.Source}/a/top' a/top", bench.Restored("out"));
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out")).Status);
        again = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal(("Incomplete", 1L, false), (again.Status, again.FilesDifferent, again.Verified));
        await bench.RestoreAsync(id, "out", r => r with { Overwrite = "Always" });
        again = await bench.RestoreAsync(id, "out", r => r with { Verify = true });
        Assert.Equal(("Complete", 4L, 0L, true), (again.Status, again.FilesSkipped, again.FilesDifferent, again.Verified));
    }

    [Fact]
    public async Task After_a_restore_that_was_given_up_no_folder_of_the_destination_stays_open()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 400; i++) bench.Write($"d{i}/e/f", $"content {i}");
        string id = (await bench.BackupAsync()).SnapshotId;
        IReadOnlyList<string> during = [];
        bench.Hooks.Write = (path, _) =>
        {
            if (!path.Contains("/d77/", StringComparison.Ordinal)) return;
            during = OpenDescriptors.Below(bench["out"]);
            throw FileSystemHooks.Fail(PlatformFailure.Full);
        };
        await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out"));
        Assert.True(during.Count > 0 || !OperatingSystem.IsLinux());
        Assert.Empty(OpenDescriptors.Below(bench["out"]));
    }

    [Fact]
    public async Task A_cancelled_restore_ends_soon_and_leaves_no_temporary()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 300; i++) bench.Write($"d{i % 20}/f{i}", $"content {i}");
        string id = (await bench.BackupAsync()).SnapshotId;
        using var stop = new CancellationTokenSource();
        int written = 0;
        bench.Hooks.Write = (_, _) =>
        {
            if (Interlocked.Increment(ref written) == 50) stop.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RestoreAsync(id, "out", cancellationToken: stop.Token));
        await AssertNoTemporariesAsync(bench);
        bench.Hooks.Write = null;

        // What was restored before is whole, and a second restore completes it.
        Assert.InRange(written, 50, 60);
        await bench.RestoreAsync(id, "out", r => r with { Overwrite = "IfChanged", Verify = true });
        Assert.Equal("", await Shell.RunAsync($"diff -r source '{bench.Restored("out")}'", bench.Folder));
    }

    [Fact]
    public async Task Several_segments_of_a_large_file_are_read_at_once()
    {
        const int Wanted = 3;
        int reading = 0;
        var together = new TaskCompletionSource();
        await using TestBench bench = await TestBench.CreateAsync(workers: 1, compression: "None");
        byte[] content = new byte[8 * 1024 * 1024];
        new Random(11).NextBytes(content);
        await File.WriteAllBytesAsync(Path.Join(bench.Source, "large"), content);
        string id = (await bench.BackupAsync()).SnapshotId;

        // Reads of the pack with the content are held until so many are under way; what is read one by one would wait in vain.
        string pack = Directory.GetFiles(Path.Join(bench.Vault, "packs"), "*", SearchOption.AllDirectories).MaxBy(static f => new FileInfo(f).Length)!;
        BackupEngine slow = bench.CreateEngine("home", path => new FaultyObjectStore(FolderObjectStore.Open(path), call => call.Operation == StoreOperation.Read && call.Name.EndsWith(Path.GetFileName(pack), StringComparison.Ordinal)
            ? FaultAction.WaitFor(async token =>
            {
                if (Interlocked.Increment(ref reading) == Wanted) together.SetResult();
                await together.Task.WaitAsync(TimeSpan.FromSeconds(20), token);
            })
            : FaultAction.None));
        await slow.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], LiteralPath = [bench.Source + "/large"], Overwrite = "Always" }, bench.Callbacks, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(bench.Restored("out", "large")));
    }
}
