using BackupPS.Engine.Platform;
using BackupPS.Engine.Tests.Operations.Restore.FileSystems;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>What a restore in place leaves can always be ended, concerns only what it touches, and nobody else's folders are taken for it.</summary>
public sealed class UnfinishedRestoreTests
{
    private const string SomeRun = "00112233445566778899aabbccddeeff";

    private static Func<RestoreRequest, RestoreRequest> InPlace => static r => r with { InPlace = true, DeleteExtra = true, Overwrite = "Always" };

    [ToolFact("chattr")]
    public async Task What_holds_something_immutable_stays_whole_and_the_rest_comes()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        bench.Write("file", "saved");
        bench.Write("kind", "saved");
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("mkdir -p extra/deep gone; printf x > extra/deep/keep; printf x > extra/deep/beside; printf x > gone/x; printf x > single; mkdir kind.d; rm -f kind", await MakeOutAsync(bench, id));
        await Shell.RunAsync("mkdir -p kind/full; printf x > kind/full/keep; printf mine > file", bench.Restored("out"));
        if (await Shell.RunAsync("chattr +i extra/deep/keep kind/full/keep single 2>/dev/null && echo -n fixed || true", bench.Restored("out")) != "fixed") return;
        try
        {
            foreach (bool atOnce in new[] { false, true, false })
            {
                bench.ForgetFaults();
                RestoreResult result = await bench.RestoreAsync(id, "out", r => InPlace(r) with { NoRollback = atOnce });
                Assert.Equal("Incomplete", result.Status);
                Assert.Equal(["extra", "kind", "single"], bench.Faults.Select(f => f.Path[(bench.Source.Length + 1)..]).Order(StringComparer.Ordinal));
                Assert.All(bench.Faults, static f => Assert.Contains("immutable", f.Reason, StringComparison.Ordinal));
                Assert.Equal("extra/deep/beside extra/deep/keep file kind/full/keep single", await FilesAsync(bench));
                Assert.Equal("saved", TestBench.Read(bench.Restored("out", "file")));
                AssertNothingLeft(bench);
            }
        }
        finally
        {
            await Shell.RunAsync("chattr -i extra/deep/keep kind/full/keep single", bench.Restored("out"));
        }

        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        Assert.Equal("file kind", await FilesAsync(bench));
    }

    [Fact]
    public async Task What_refuses_to_be_deleted_at_the_end_goes_back_to_its_place()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("file", "saved");
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("mkdir -p extra/deep; printf x > extra/deep/keep; printf x > extra/other; printf x > gone; printf mine > file", await MakeOutAsync(bench, id));
        bench.Hooks.Changing = static call =>
        {
            if (call.StartsWith("Delete in ", StringComparison.Ordinal) && call.Contains("/.backupps-restore-", StringComparison.Ordinal) && call.EndsWith("/deep", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
        bench.Hooks.Changing = null;
        Assert.Equal(("Incomplete", 1), (result.Status, result.FaultCount));
        Assert.Contains("back in its place", bench.Faults.Single().Reason, StringComparison.Ordinal);
        Assert.Equal("extra/deep/keep file", await FilesAsync(bench));
        AssertNothingLeft(bench);
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        Assert.Equal("file", await FilesAsync(bench));
    }

    [MountFact]
    public async Task One_whose_file_system_is_gone_is_ended_without_it()
    {
        foreach (bool records in new[] { true, false })
        {
            await using TestBench bench = await TestBench.CreateAsync(workers: 1);
            bench.Write("mounted/file", "saved");
            bench.Write("beside", "saved");
            string id = (await bench.BackupAsync()).SnapshotId;
            await MakeOutAsync(bench, id);
            string mount = bench.Restored("out", "mounted");
            await Shell.RunAsync($"mount -t tmpfs none '{mount}'", bench.Folder);
            try
            {
                await Shell.RunAsync("printf mine > mounted/file; printf mine > beside", bench.Restored("out"));
                await DieAsync(bench, id, moves: 2);
                Assert.True(WorkFolders.AreIn(bench["out"]) && WorkFolders.AreIn(mount));
            }
            finally
            {
                await Shell.RunAsync($"umount '{mount}'; rm -r '{mount}'", bench.Folder);
            }

            if (!records) Directory.Delete(bench["home/restores"], recursive: true);

            // Whoever has only forgotten to mount it is told; rolling back ends it.
            BackupException refused = await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RecoverRestoreAsync(bench["out"], complete: true, bench.Callbacks, default));
            Assert.Equal(BackupError.RestoreUnfinished, refused.Error);
            Assert.Contains(mount, refused.Message, StringComparison.Ordinal);
            Assert.Equal(BackupError.RestoreUnfinished, (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace))).Error);
            RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default);
            Assert.Equal(("Incomplete", 1), (ended.Status, ended.FaultCount));
            Assert.Equal("mine", TestBench.Read(bench.Restored("out", "beside")));
            AssertNothingLeft(bench);
            Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
            Assert.Equal("saved saved", await Shell.RunAsync("echo -n $(cat mounted/file) $(cat beside)", bench.Restored("out")));
        }
    }

    [MountFact]
    public async Task One_whose_journal_is_gone_is_given_up_and_what_it_kept_is_left_in_a_folder_that_is_named()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("mounted/file", "saved");
        bench.Write("beside", "saved");
        string id = (await bench.BackupAsync()).SnapshotId;
        await MakeOutAsync(bench, id);
        string mount = bench.Restored("out", "mounted");
        await Shell.RunAsync($"mount -t tmpfs none '{mount}'", bench.Folder);
        try
        {
            await Shell.RunAsync("printf mine > mounted/file; printf mine > beside", bench.Restored("out"));
            await DieAsync(bench, id, moves: 2);
            Directory.Delete(WorkFolders.In(bench["out"]).Single(), recursive: true);
            Assert.Equal(BackupError.RestoreUnfinished, (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace))).Error);
            RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default);
            Assert.Equal("Incomplete", ended.Status);
            string left = Directory.EnumerateDirectories(mount, "backupps-left-*").Single();
            Assert.Contains(bench.Faults, f => f.Reason.Contains(left, StringComparison.Ordinal));
            Assert.Equal("mine", TestBench.Read(Directory.EnumerateFiles(left).Single()));
            AssertNothingLeft(bench);
            Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = false })).Status);
        }
        finally
        {
            await Shell.RunAsync($"umount '{mount}'", bench.Folder);
        }
    }

    [Fact]
    public async Task One_concerns_only_what_it_touches_and_says_whose_it_is()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("one/file", "saved");
        bench.Write("two/file", "saved");
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf mine > one/file; printf mine > two/file", await MakeOutAsync(bench, id));
        await bench.BackupAsync();
        string later = (await bench.BackupAsync("Full")).SnapshotId;
        Func<string, Func<RestoreRequest, RestoreRequest>> only = name => r => InPlace(r) with { LiteralPath = [$"{bench.Source}/{name}"] };
        await DieAsync(bench, id, moves: 1, only("one"));
        string run = Path.GetFileName(WorkFolders.In(bench["out"]).Single())[".backupps-restore-".Length..];

        // Beside it, all goes on: in place, plain, and what only shows the plan.
        Assert.Equal("Complete", (await bench.RestoreAsync(later, "out", only("two"))).Status);
        Assert.Equal("saved", TestBench.Read(bench.Restored("out", "two/file")));
        Assert.Equal("Complete", (await bench.RestoreAsync(later, "out", r => r with { LiteralPath = [bench.Source + "/two"], Overwrite = "Always" })).Status);
        Assert.Equal("Complete", (await bench.RestoreAsync(later, "elsewhere")).Status);

        // What touches the same is refused, above and below it.
        foreach (string name in new[] { "one", "one/file", "" })
        {
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(later, "out", only(name)));
            Assert.Equal(BackupError.RestoreUnfinished, error.Error);
            foreach (string told in new[] { run, id, Environment.UserName, bench["out"] }) Assert.Contains(told, error.Message, StringComparison.Ordinal);
            Assert.Matches("20[0-9][0-9]-[01][0-9]-[0-3][0-9] [0-9:]+Z", error.Message);
        }

        Assert.Equal(BackupError.RestoreUnfinished, (await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(later, "out/" + bench.Source + "/one"))).Error);
        Assert.Equal("RolledBack", (await bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default)).Status);
        Assert.Equal("mine saved", await Shell.RunAsync("echo -n $(cat one/file) $(cat two/file)", bench.Restored("out")));
        AssertNothingLeft(bench);
        BackupException none = await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default));
        Assert.Equal(BackupError.RestoreNotFound, none.Error);
    }

    [Fact]
    public async Task One_of_root_holds_up_no_other_account()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("mine/file", "saved");
        await Shell.RunAsync("chmod 755 mine; chmod 644 mine/file; chown -R 65534:65534 mine", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("printf mine > mine/file", await MakeOutAsync(bench, id));
        await DieAsync(bench, id, moves: 1);
        await Shell.RunAsync("chmod -R a+rX vault; chmod a+rx out; chown 65534 key; chown -R 65534 vault; mv home root-home", bench.Folder);
        foreach (string inPlace in new[] { "inplace=1", "" })
        {
            IReadOnlyList<string> lines = await OperationsChild.RunAsync(bench, "restore", $"snapshot={id}", inPlace, $"as={OperationsChild.Nobody}", $"path={bench.Source}/mine");
            Assert.Contains(lines, static l => l.StartsWith("result Complete", StringComparison.Ordinal));
            Assert.Contains(lines, static l => l.StartsWith("warning", StringComparison.Ordinal) && l.Contains("(root", StringComparison.Ordinal));
        }

        Assert.Equal("saved", TestBench.Read(bench.Restored("out", "mine/file")));
    }

    [TreeTheory]
    [InlineData(".backupps-restore")]
    [InlineData(".backupps-restore-" + SomeRun)]
    public async Task A_users_own_folder_of_such_a_name_is_restored_and_stays(string name)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write($"{name}/x/f", "mine");
        bench.Write($"sub/{name}/g", "mine");
        bench.Write("a", "a");
        string id = (await bench.BackupAsync()).SnapshotId;
        Directory.CreateDirectory(bench["out"]);
        await Shell.RunAsync($"mkdir -p 'out/{name}/x' 'source/{name}'; printf precious > 'out/{name}/x/f'", bench.Folder);
        foreach (Func<RestoreRequest, RestoreRequest> way in new[] { static r => r, InPlace, static r => InPlace(r) with { NoRollback = true } })
        {
            Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", way)).Status);
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
            Assert.Equal("precious", TestBench.Read(bench[$"out/{name}/x/f"]));
            await Shell.RunAsync($"printf changed > '{name}/x/f'", bench.Restored("out"));
            if (ReferenceEquals(way, InPlace)) continue;
            await Shell.RunAsync($"printf mine > '{name}/x/f'; touch -r '{bench.Source}/{name}/x/f' '{name}/x/f'", bench.Restored("out"));
        }

        Assert.Equal(BackupError.RestoreNotFound, (await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default))).Error);
        Assert.Equal("precious", TestBench.Read(bench[$"out/{name}/x/f"]));
    }

    [MountFact]
    public async Task A_file_system_that_is_mounted_twice_is_restored_once()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        foreach (string name in new[] { "m1/file", "m1/new/file", "m2/file", "m2/new/file", "plain" }) bench.Write(name, "saved");
        await Shell.RunAsync("mkdir once other; cp -a m1/. once; touch -d '2001-01-01 UTC' once/file once/new/file once/new once; rm -r m1/* m2/*; mount --bind once m1; mount --bind once m2", bench.Source);
        try
        {
            string id = (await bench.BackupAsync(filter: new FilterRules { Exclude = ["once", "other"] })).SnapshotId;
            foreach (bool twice in new[] { true, false })
            {
                // Another folder at the second place: the two are told by what is there, not by what was.
                if (!twice) await Shell.RunAsync("umount m2; cp -a once/. other; mount --bind other m2", bench.Source);
                await Shell.RunAsync("printf mine > m1/file; printf mine > m2/file; rm -rf m1/new m2/new; printf mine > plain; printf x > m1/extra", bench.Source);
                RestoreResult result = await bench.Engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = "/", InPlace = true, Overwrite = "Always", LiteralPath = [bench.Source + "/m1", bench.Source + "/m2", bench.Source + "/plain"], DeleteExtra = true }, bench.Callbacks, default);
                Assert.True(result.Status == "Complete", string.Join('\n', result.Faults));
                Assert.Equal("saved saved saved saved saved", await Shell.RunAsync("echo -n $(cat m1/file) $(cat m1/new/file) $(cat m2/file) $(cat m2/new/file) $(cat plain)", bench.Source));
                Assert.Equal("", await Shell.RunAsync("find . -name '.backupps*' -o -name extra", bench.Source));
                Assert.Equal(twice, bench.Warnings.Any(static w => w.Contains("mounted twice", StringComparison.Ordinal)));
                bench.ForgetFaults();
            }
        }
        finally
        {
            await Shell.RunAsync("umount m1 m2", bench.Source);
        }
    }

    [MountFact]
    public async Task What_is_mounted_where_the_snapshot_has_an_empty_folder_is_not_emptied()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("file", "saved");
        await Shell.RunAsync("mkdir mounted", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("mkdir ../other; printf precious > ../other/f; mount --bind ../other mounted; printf x > extra", bench.Source);
        try
        {
            RestoreResult result = await bench.Engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = "/", InPlace = true, Overwrite = "Always", DeleteExtra = true }, bench.Callbacks, default);
            Assert.Equal(("Complete", 1L), (result.Status, result.FilesDeleted));
            Assert.Equal("precious", TestBench.Read(bench["other/f"]));
            Assert.Contains(bench.Warnings, static w => w.Contains("is mounted on", StringComparison.Ordinal));
        }
        finally
        {
            await Shell.RunAsync("umount mounted", bench.Source);
        }
    }

    private static async Task<string> MakeOutAsync(TestBench bench, string id)
    {
        await bench.RestoreAsync(id, "out");
        return bench.Restored("out");
    }

    // Dead before the call that would be one move too many.
    private static async Task DieAsync(TestBench bench, string id, int moves, Func<RestoreRequest, RestoreRequest>? change = null)
    {
        int moved = 0;
        bool dead = false;
        bench.Hooks.Call = name =>
        {
            dead |= (name == "Move" && ++moved > moves) || (moved >= moves && name is "SetModified" or "SetMode");
            if (dead) throw new SimulatedCrashException();
        };
        try
        {
            await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", change ?? InPlace));
        }
        finally
        {
            bench.Hooks.Call = null;
        }

        Assert.True(WorkFolders.AreIn(bench["out"]), "it left nothing");
    }

    private static async Task<string> FilesAsync(TestBench bench) =>
        string.Join(' ', (await Shell.RunAsync("find . -type f -printf '%P\\n'", bench.Restored("out"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

    private static void AssertNothingLeft(TestBench bench)
    {
        Assert.False(WorkFolders.AreIn(bench["out"]));
        Assert.True(!Directory.Exists(bench["home/restores"]) || !Directory.EnumerateFileSystemEntries(bench["home/restores"]).Any());
    }
}
