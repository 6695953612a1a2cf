using System.Security.Cryptography;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>What a restore in place meets in a target that others use: its own repository, deletions meanwhile, copies of work folders, those of other accounts, mounts, folders that nobody may write to.</summary>
public sealed class InPlaceSurroundingsTests
{
    private static Func<RestoreRequest, RestoreRequest> InPlace => static r => r with { InPlace = true, DeleteExtra = true, Overwrite = "Always" };

    [Fact]
    public async Task The_repository_and_the_home_folder_stay_as_they_are_though_the_snapshot_has_them()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string vault = bench.Source + "/vaults/own";
        BackupEngine engine = bench.CreateEngine("source/home");
        await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "own", Path = vault, Secret = bench.Secret, Compression = "Brotli" }, default);
        bench.Write("file", "first");

        // By an engine with another home: one that is written to meanwhile makes its snapshot Incomplete, now and then.
        var backup = new BackupRequest { Source = [bench.Source], Repository = vault, Type = "Auto", Filter = FilterRules.None };
        BackupResult first = await bench.Engine.BackupAsync(backup, bench.Callbacks, default);
        Assert.Equal("Complete", first.Status);
        bench.Write("file", "second");
        bench.Write("extra", "x");
        BackupResult second = await engine.BackupAsync(backup with { Source = [bench.Source + "/file"] }, bench.Callbacks, default);

        var request = new RestoreRequest { Repository = vault, SnapshotId = first.SnapshotId, Destination = "/", InPlace = true, DeleteExtra = true, Overwrite = "Always" };
        Assert.Equal([bench.Source + "/extra"], (await engine.PlanRestoreAsync(request, bench.Callbacks, default)).ItemsToDelete);
        RestoreResult result = await engine.RestoreAsync(request, bench.Callbacks, default);
        Assert.Equal(("Complete", 1L, 1L, 2L), (result.Status, result.FilesDeleted, result.FilesChanged, result.FilesSkipped));
        Assert.Equal("first", TestBench.Read(bench.Source + "/file"));
        Assert.Equal(2, bench.Warnings.Where(static w => w.Contains("left as it is", StringComparison.Ordinal)).Distinct().Count());

        var found = new List<string>();
        await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(new SnapshotQuery { Repository = vault }, bench.Callbacks, default)) found.Add(snapshot.SnapshotId);
        Assert.Equal([first.SnapshotId, second.SnapshotId], found);
        Assert.Equal("Passed", (await engine.VerifyAsync(new VerifyRequest { Repository = vault, Level = "Data" }, bench.Callbacks, default)).Status);
        Assert.Equal(["Verify", "Restore", "Backup"], (await bench.CreateEngine("source/home").GetRunsAsync(null, null, null, 0, default)).Select(static r => r.Operation));
    }

    [TreeFact]
    public async Task What_somebody_deletes_while_it_is_replaced_is_a_fault_and_the_rest_comes()
    {
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        int moves = 0;
        bench.Hooks.Call = name =>
        {
            if (name != "Move" || ++moves > 1) return;
            File.Delete(bench.Restored("out", "b"));
            File.Delete(bench.Restored("out", "c"));
            Directory.Delete(bench.Restored("out", "d"), recursive: true);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
        bench.Hooks.Call = null;
        Assert.Equal("Incomplete", result.Status);
        Assert.Equal(["b", "c", "d", "d/e"], bench.Faults.Select(f => f.Path[(bench.Source.Length + 1)..]).Order(StringComparer.Ordinal));
        Assert.Equal("saved", TestBench.Read(bench.Restored("out", "a")));
        AssertNothingLeft(bench);

        // Once more, and it is whole.
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_somebody_deletes_after_a_restore_died_keeps_nobody_from_ending_it(bool complete)
    {
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        await DieAsync(bench, id, moves: 3);
        File.Delete(bench.Restored("out", "c"));
        RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench["out"], complete, bench.Callbacks, default);
        Assert.Equal((complete ? "Incomplete" : "RolledBack", complete ? 1 : 0), (ended.Status, ended.FaultCount));
        Assert.Equal(complete ? "saved saved saved" : "mine mine mine", await Shell.RunAsync("echo -n $(cat a) $(cat b) $(cat d/e)", bench.Restored("out")));
        AssertNothingLeft(bench);
    }

    [Fact]
    public async Task What_is_kept_of_a_folder_that_somebody_deletes_stays_in_a_folder_that_the_fault_names()
    {
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        await DieAsync(bench, id, moves: 4);
        Assert.Equal("saved", TestBench.Read(bench.Restored("out", "d/e")));
        Directory.Delete(bench.Restored("out", "d"), recursive: true);
        RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default);
        Assert.Equal("Incomplete", ended.Status);
        BackupFault fault = bench.Faults.Single(f => f.Path.EndsWith("/d/e", StringComparison.Ordinal));
        string kept = Directory.EnumerateDirectories(bench["out"], "backupps-left-*").Single() + "/e";
        Assert.Contains($"'{kept}'", fault.Reason, StringComparison.Ordinal);
        Assert.Equal("mine", TestBench.Read(kept));
        Assert.Equal("mine mine", await Shell.RunAsync("echo -n $(cat a) $(cat b)", bench.Restored("out")));
        AssertNothingLeft(bench);
    }

    [Fact]
    public async Task What_a_dead_restore_has_left_is_of_the_files_around_it_wherever_they_were_copied_to()
    {
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
        await DieAsync(bench, id, moves: 3);
        await Shell.RunAsync("cp -a out copy", bench.Folder);
        Assert.Equal("Complete", (await bench.Engine.RecoverRestoreAsync(bench["out"], complete: true, bench.Callbacks, default)).Status);
        SortedDictionary<string, string> after = TargetImage.Of(bench["out"]);
        Assert.Equal("RolledBack", (await bench.Engine.RecoverRestoreAsync(bench["copy"], complete: false, bench.Callbacks, default)).Status);
        Assert.Equal("", TargetImage.Differences(after, TargetImage.Of(bench["out"])));
        Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["copy"])));
    }

    [Fact]
    public async Task What_another_account_has_left_is_not_carried_out()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        await DieAsync(bench, id, moves: 3);
        await Shell.RunAsync($"chown -R {OperationsChild.Nobody} out/.backupps-restore-*; mv home/restores home/other", bench.Folder);
        BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default));
        Assert.Equal(BackupError.DestinationUnusable, error.Error);
        Assert.Contains("another account", error.Message, StringComparison.Ordinal);

        // One whose run this host knows is its own, though its file system gives everything to somebody else.
        await Shell.RunAsync("mv home/other home/restores", bench.Folder);
        Assert.Equal("RolledBack", (await bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default)).Status);
        AssertNothingLeft(bench);
    }

    [TreeFact]
    public async Task A_folder_of_the_same_file_system_that_is_mounted_below_gets_a_work_folder_of_its_own()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        await Shell.RunAsync("mkdir other; cp -a out/. other", bench.Folder);
        string mount = bench.Restored("out", "d"), content = bench.Restored("other", "d");
        if (await Shell.RunAsync($"mount --bind '{content}' '{mount}' 2>/dev/null && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            await Shell.RunAsync("printf x > d/extra; mkdir d/folder; printf x > d/folder/extra", bench.Restored("out"));
            RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
            Assert.Equal(("Complete", 0, 2L), (result.Status, result.FaultCount, result.FilesDeleted));
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
            Assert.False(WorkFolders.AreIn(mount));
            AssertNothingLeft(bench);
        }
        finally
        {
            await Shell.RunAsync($"umount '{mount}'", bench.Folder);
        }
    }

    [Fact]
    public async Task What_is_mounted_read_only_stays_as_it_is_and_the_rest_comes()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await CreateAsync();
        string id = await SaveAsync(bench);
        string mount = bench.Restored("out", "d");
        await Shell.RunAsync("touch -d '2001-01-01 UTC' d", bench.Restored("out"));
        if (await Shell.RunAsync($"mount --bind '{mount}' '{mount}' 2>/dev/null && mount -o remount,bind,ro '{mount}' && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
            Assert.Equal("Incomplete", result.Status);
            Assert.Equal(["d", "d/e"], bench.Faults.Select(f => f.Path[(bench.Source.Length + 1)..]).Distinct().Order(StringComparer.Ordinal));
            Assert.Equal("saved saved mine", await Shell.RunAsync("echo -n $(cat a) $(cat b) $(cat d/e)", bench.Restored("out")));
            AssertNothingLeft(bench);
        }
        finally
        {
            await Shell.RunAsync($"umount '{mount}'", bench.Folder);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_ignore_file_excludes_is_never_extra_also_where_that_cannot_be_read(bool unreadable)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("code/.backupignore", "built/\n");
        bench.Write("code/file", "saved");
        bench.Write("code/deep/built/result", "excluded");
        bench.Write("code/deep/file", "saved");
        string id = (await bench.BackupAsync()).SnapshotId;
        bench.Write("code/deep/extra", "x");
        bench.Write("gone/extra", "x");
        bench.Write("gone/.backupignore", "kept\n");
        bench.Write("gone/kept", "excluded");
        bench.Hooks.OpenFile = path =>
        {
            if (unreadable && path.EndsWith("/.backupignore", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        RestoreResult result = await bench.Engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = "/", InPlace = true, DeleteExtra = true, Overwrite = "Always" }, bench.Callbacks, default);
        bench.Hooks.OpenFile = null;
        string[] kept = ["code/.backupignore", "code/deep/built/result", "code/deep/file", "code/file", "gone/.backupignore", "gone/extra", "gone/kept"];
        Assert.Equal((unreadable ? [.. kept, "code/deep/extra"] : kept).Order(StringComparer.Ordinal), (await Shell.RunAsync("find . -type f -printf '%P\\n'", bench.Source)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Equal(unreadable, result.FaultCount > 0);
    }

    [Fact]
    public async Task A_snapshot_that_is_removed_while_it_is_restored_leaves_the_target_as_it_was()
    {
        await using TestBench bench = await CreateAsync();
        await bench.BackupAsync();
        await File.WriteAllBytesAsync(bench.Source + "/z", RandomNumberGenerator.GetBytes(300_000));
        string id = await SaveAsync(bench);
        File.Delete(bench.Restored("out", "z"));
        SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
        bench.Hooks.OpenFolder = path =>
        {
            // Somebody removes the snapshot and frees its space: what it shares with others is still there.
            if (path != bench["out"]) return;
            bench.Hooks.OpenFolder = null;
            File.Delete($"{bench.Vault}/snapshots/{id}");
            new DirectoryInfo(bench.Vault + "/packs").EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(static f => f.Length)!.Delete();
        };
        BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace));
        Assert.Equal(BackupError.SnapshotRemoved, error.Error);
        Assert.Contains("as it was before", error.Message, StringComparison.Ordinal);
        Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));
        AssertNothingLeft(bench);
    }

    [TreeTheory]
    [InlineData("")]
    [InlineData("atonce=1")]
    public async Task Who_is_not_root_restores_and_deletes_folders_that_nobody_may_write_to(string atOnce)
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync($"mkdir -p mine/closed/inner; printf 1 > mine/closed/file; printf 2 > mine/swapped; chmod 555 mine/closed/inner mine/closed; chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} mine", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("rm -r mine/closed mine/swapped; mkdir -p mine/swapped/below mine/extra; printf x > mine/swapped/below/file; printf x > mine/extra/file; chmod 555 mine/extra mine/swapped/below mine/swapped", bench.Restored("out"));
        await Shell.RunAsync($"chown -R {OperationsChild.Nobody}:{OperationsChild.Nobody} vault out key; rm -r home; chmod 777 .", bench.Folder);
        IReadOnlyList<string> lines = await OperationsChild.RunAsync(bench, "restore", $"snapshot={id}", "inplace=1", $"as={OperationsChild.Nobody}", $"path={bench.Source}/mine", atOnce);
        Assert.Contains(lines, static l => l.StartsWith("result Complete", StringComparison.Ordinal));
        await TreeListing.AssertSameAsync(bench.Source + "/mine", bench.Restored("out", "mine"));
    }

    private static async Task<TestBench> CreateAsync()
    {
        TestBench bench = await TestBench.CreateAsync(workers: 1);
        foreach (string name in new[] { "a", "b", "c", "d/e" }) bench.Write(name, "saved");
        return bench;
    }

    // A target in which the content of three files differs, and the mode of c.
    private static async Task<string> SaveAsync(TestBench bench)
    {
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("for f in a b d/e; do printf mine > $f; done; chmod 600 c", bench.Restored("out"));
        return id;
    }

    // Dead before the call that would be one move too many: of the three files the first have their places.
    private static async Task DieAsync(TestBench bench, string id, int moves)
    {
        int moved = 0;
        bool dead = false;
        bench.Hooks.Call = name =>
        {
            // With the fourth, all have their places: dead before the metadata.
            dead |= (name == "Move" && ++moved == moves) || (moved == 3 && name == "SetMode");
            if (dead) throw new SimulatedCrashException();
        };
        await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace));
        bench.Hooks.Call = null;
    }

    private static void AssertNothingLeft(TestBench bench)
    {
        Assert.False(WorkFolders.AreIn(bench["out"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench["home/restores"]));
    }
}
