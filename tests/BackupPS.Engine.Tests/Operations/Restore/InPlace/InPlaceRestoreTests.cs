using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>What a restore in place compares, reuses, replaces, deletes and leaves alone.</summary>
public sealed class InPlaceRestoreTests
{
    private static Func<RestoreRequest, RestoreRequest> InPlace => static r => r with { InPlace = true, Overwrite = "Always" };

    [TreeFact]
    public async Task Where_nothing_differs_nothing_is_written_and_all_is_compared()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await EveryKind.MakeAsync(bench.Source);
        await Shell.RunAsync("rm middle; truncate -s 3M all-hole; truncate -s 2M tail-hole", bench.Source + "/sparse");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");

        // With the times of the last change of metadata, which nobody can set back.
        const string Listing = "find . -printf '%P %i %m %n %T@ %C@\\n'";
        string before = await Shell.RunAsync(Listing, bench["out"]);
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true, Verify = true });
        Assert.Equal(("Complete", 0L, 0L, 0L, 0L, true), (result.Status, result.FilesChanged, result.FilesCreated, result.FilesDeleted, result.BytesRestored, result.Verified));
        Assert.Equal((result.FilesCompared, result.FilesCompared > 60), (result.FilesUnchanged, true));
        Assert.Equal(before, await Shell.RunAsync(Listing, bench["out"]));
    }

    [TreeFact]
    public async Task Every_kind_of_item_comes_back_from_nothing_and_from_other_things_in_its_place()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await EveryKind.MakeAsync(bench.Source);
        await Shell.RunAsync("rm middle; truncate -s 3M all-hole; truncate -s 2M tail-hole", bench.Source + "/sparse");
        string id = (await bench.BackupAsync()).SnapshotId;
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { Verify = true });
        Assert.Equal(("Complete", 0L, 0L), (result.Status, result.FilesCompared, result.FilesChanged));
        Assert.Equal("", TargetImage.Differences(TargetImage.Of(bench.Source), TargetImage.Of(bench.Restored("out"))));

        // Each file becomes a folder, each link a file, each node a link; the times of all change.
        await Shell.RunAsync(
            """
            find . -type p -o -type s -o -type b -o -type c | while IFS= read -r f; do rm -- "$f"; ln -s nowhere "$f"; done
            find content links -type f -print0 | while IFS= read -r -d '' f; do rm -- "$f"; mkdir -- "$f"; done
            find links -type l -print0 | while IFS= read -r -d '' f; do rm -- "$f"; printf file > "$f"; done
            rmdir 'times/d 2001-02-03 04:05:06.000000001'; printf file > 'times/d 2001-02-03 04:05:06.000000001'
            find . -print0 | xargs -0 touch -h
            """, bench.Restored("out"));
        result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { Verify = true });
        Assert.Equal("Complete", result.Status);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
        Assert.Equal("", await Shell.RunAsync("find sparse -name '*hole*' -size +200k -printf '%f %b\\n' | awk '$2 > 400'", bench.Restored("out")));
    }

    [TreeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_large_file_only_the_blocks_that_differ_are_fetched(bool clones)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        int cloned = 0;
        if (clones) bench.Hooks.Cloned = () => cloned++;
        await Shell.RunAsync("head -c 12000000 /dev/urandom > large; head -c 5000 /dev/urandom > small", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf changed | dd of=large bs=1 seek=6000000 conv=notrunc status=none; truncate -s 11900000 large", bench.Restored("out"));
        string small = await Shell.RunAsync("stat -c '%i %Y %Z' small", bench.Restored("out"));
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { Verify = true });
        Assert.Equal(("Complete", 2L, 1L, 1L), (result.Status, result.FilesCompared, result.FilesChanged, result.FilesUnchanged));
        Assert.InRange(result.BytesRestored, 100_000, 3_000_000);
        Assert.Equal(12_005_000, result.BytesRestored + result.BytesReused);
        Assert.Equal(small, await Shell.RunAsync("stat -c '%i %Y %Z' small", bench.Restored("out")));
        Assert.Equal(clones ? 1 : 0, cloned);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [TreeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_changes_while_it_is_compared_still_becomes_that_of_the_snapshot(bool clones)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 3000000 /dev/urandom > large; truncate -s 5M large", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        string path = bench.Restored("out", "large");
        await Shell.RunAsync("printf changed | dd of=large bs=1 seek=2900000 conv=notrunc status=none; printf junk | dd of=large bs=1 seek=4000000 conv=notrunc status=none", bench.Restored("out"));
        Action change = () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.Write("meanwhile"u8);
        };

        // After the comparison: when it was cloned, or before the first block is written.
        bool first = true;
        if (clones) bench.Hooks.Cloned = change;
        bench.Hooks.Call = name =>
        {
            if (clones || name != "CreateTemporaryFile" || !first) return;
            first = false;
            change();
        };
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { Verify = true });
        Assert.Equal(("Complete", 1L), (result.Status, result.FilesChanged));
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [Fact]
    public async Task A_disk_that_is_too_small_leaves_the_target_as_it_was()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("for i in 1 2 3 4; do head -c 1000000 /dev/urandom > f$i; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        Directory.CreateDirectory(bench["out"]);
        if (await Shell.RunAsync("mount -t tmpfs -o size=6m none out 2>/dev/null && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            await bench.RestoreAsync(id, "out");
            await Shell.RunAsync("for i in 1 2 3 4; do head -c 900000 /dev/urandom > f$i; done", bench.Restored("out"));
            SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace));
            Assert.Equal(BackupError.NotEnoughSpace, error.Error);
            Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));

            // That is what writing into the files is for.
            Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", static r => InPlace(r) with { NoRollback = true, Verify = true })).Status);
        }
        finally
        {
            await Shell.RunAsync("umount out", bench.Folder);
        }
    }

    [ToolFact("chattr", "rsync", "getfattr")]
    public async Task Immutable_items_stay_and_are_faults()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        bench.Write("free", "snapshot");
        bench.Write("fixed", "snapshot");
        bench.Write("folder/inside", "snapshot");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf mine > free; printf mine > fixed; printf mine > folder/inside; touch -d '2001-01-01 UTC' folder", bench.Restored("out"));
        if (await Shell.RunAsync("chattr +i fixed folder 2>/dev/null && echo -n fixed || true", bench.Restored("out")) != "fixed") return;
        RestoreResult result;
        try
        {
            result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
            Assert.Equal("snapshot mine mine", await Shell.RunAsync("echo -n $(cat free) $(cat fixed) $(cat folder/inside)", bench.Restored("out")));
            Assert.Equal(("Incomplete", true), (result.Status, result.FaultCount is >= 2 and <= 3));
            Assert.False(WorkFolders.AreIn(bench["out"]));

            // Failing later, what could not be changed need not be changed back.
            await Shell.RunAsync("printf mine > free", bench.Restored("out"));
            SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
            int syncs = 0;
            bench.Hooks.Sync = () =>
            {
                if (++syncs == 3) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
            };
            BackupException error = await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace));
            Assert.Contains("as it was before", error.Message, StringComparison.Ordinal);
            Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));
        }
        finally
        {
            bench.Hooks.Sync = null;
            await Shell.RunAsync("chattr -i fixed folder", bench.Restored("out"));
        }

        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [TreeTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_rollback_blocks_are_written_into_the_file_that_is_there(bool interrupted)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("head -c 6000000 /dev/urandom > large; truncate -s 9M sparse; printf x | dd of=sparse bs=1 seek=4000000 conv=notrunc status=none; printf new > missing; ln -s x link", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("rm missing link; printf file > link; printf y > extra; head -c 3000000 /dev/zero | tr '\\0' z | dd of=large conv=notrunc status=none; printf junk | dd of=sparse bs=1 seek=100 conv=notrunc status=none; printf longer >> large", bench.Restored("out"));
        string inode = await Shell.RunAsync("stat -c %i large sparse", bench.Restored("out"));
        Func<RestoreRequest, RestoreRequest> request = static r => InPlace(r) with { NoRollback = true, DeleteExtra = true, Verify = true };
        if (interrupted)
        {
            int writes = 0;
            bench.Hooks.Write = (_, _) =>
            {
                if (++writes > 2) throw new SimulatedCrashException();
            };
            await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", request));
            bench.Hooks.Write = null;
        }

        RestoreResult result = await bench.RestoreAsync(id, "out", request);
        Assert.Equal("Complete", result.Status);
        Assert.Equal(inode, await Shell.RunAsync("stat -c %i large sparse", bench.Restored("out")));
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
        if (!interrupted) Assert.True(long.Parse(await Shell.RunAsync("stat -c %b sparse", bench.Restored("out")), System.Globalization.CultureInfo.InvariantCulture) < 4000, "the hole is filled");
        Assert.False(WorkFolders.AreIn(bench["out"]));
    }

    [TreeFact]
    public async Task Names_of_one_file_become_names_of_one_file_and_others_keep_theirs()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("printf shared > a; ln a b; mkdir d; ln a d/c; printf alone > e; printf alone > f; printf 'once more' > g", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");

        // b is another file, c is gone, e and f are one, g has a name outside and other metadata.
        await Shell.RunAsync($"rm b d/c f; printf shared > b; ln e f; touch -r '{bench.Source}/b' b; ln g ../../outside 2>/dev/null || ln g '{bench["outside"]}'; chmod 600 g", bench.Restored("out"));
        string outside = await Shell.RunAsync("find . -name outside -printf '%m %n %s'", bench.Folder);
        Assert.Equal("600 2 9", outside);
        RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
        Assert.Equal("Complete", result.Status);
        await Shell.RunAsync("find . -name outside -exec mv {} outside-moved ';'", bench.Folder);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
        Assert.Equal("600 1 9", await Shell.RunAsync("find . -name outside-moved -printf '%m %n %s'", bench.Folder));
    }

    [Fact]
    public async Task What_the_snapshot_does_not_have_goes_only_where_it_was_asked_for_and_never_what_was_not_selected()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("one/file", "1");
        bench.Write("two/file", "2");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf x > one/extra; mkdir -p one/folder/below; printf yy > one/folder/below/extra; printf x > two/extra; printf x > extra; printf x > ../extra-beside; ln -s / one/root", bench.Restored("out"));
        RestoreResult kept = await bench.RestoreAsync(id, "out", InPlace);
        Assert.Equal(0, kept.FilesDeleted);
        Assert.True(File.Exists(bench.Restored("out", "one/extra")));

        RestorePlan plan = await bench.Engine.PlanRestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], InPlace = true, DeleteExtra = true, LiteralPath = [bench.Source + "/one"], Overwrite = "Always" }, bench.Callbacks, default);
        Assert.Equal((3L, 3L), (plan.FilesToDelete, plan.BytesToDelete));
        Assert.Equal(["extra", "folder", "root"], plan.ItemsToDelete.Select(p => p[(bench.Source + "/one/").Length..]).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(bench.Restored("out", "one/extra")));
        RestoreResult result = await bench.RestoreAsync(id, "out", r => InPlace(r) with { DeleteExtra = true, LiteralPath = [bench.Source + "/one"] });
        Assert.Equal(("Complete", 3L), (result.Status, result.FilesDeleted));
        Assert.Equal(["./extra", "./one/file", "./two/extra", "./two/file"], (await Shell.RunAsync("find . ! -type d", bench.Restored("out"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Join(bench.Restored("out"), "../extra-beside")));
    }

    [Fact]
    public async Task What_the_policy_excludes_and_the_repository_itself_are_never_extra()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "1");
        bench.Write("cache/kept.tmp", "excluded");
        bench.Write("cache/saved", "saved");
        bench.Write("logs/a.log", "excluded");
        await bench.Engine.CreatePolicyAsync(new BackupPolicy { PolicyName = "web", Source = [bench.Source], Repository = "vault", RepositoryId = "", Exclude = ["**/*.tmp", "**/logs"] }, default);
        BackupResult saved = await bench.RunPolicyAsync(name: "web");
        await Shell.RunAsync($"printf x > extra; mkdir -p mixed plain; printf x > mixed/a.tmp; printf x > mixed/b; printf x > plain/b; mkdir vaults; cp -a '{bench.Vault}' vaults/copy", bench.Source);

        // In place for good: at the former paths.
        RestoreResult result = await bench.Engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = saved.SnapshotId, Destination = "/", InPlace = true, DeleteExtra = true, Overwrite = "Always" }, bench.Callbacks, default);
        Assert.Equal("Complete", result.Status);
        Assert.Equal(["cache/kept.tmp", "cache/saved", "file", "logs/a.log", "mixed/a.tmp", "mixed/b"], (await Shell.RunAsync("find . -type f -printf '%P\\n'", bench.Source)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Contains(bench.Warnings, static w => w.Contains("mixed", StringComparison.Ordinal) && w.Contains("a.tmp", StringComparison.Ordinal));
        Assert.False(WorkFolders.AreIn("/"));

        // The folder that holds the repository is what is restored.
        await Shell.RunAsync("mkdir source/vaults; mv vault source/vaults/own", bench.Folder);
        result = await bench.CreateEngine("home2").RestoreAsync(new RestoreRequest { Repository = bench.Source + "/vaults/own", SnapshotId = saved.SnapshotId, Destination = "/", InPlace = true, DeleteExtra = true, Overwrite = "Always" }, bench.Callbacks, default);
        Assert.Equal("Complete", result.Status);
        Assert.True(Directory.Exists(bench.Source + "/vaults/own/packs"));
        Assert.Contains(bench.Warnings, static w => w.Contains("'web'", StringComparison.Ordinal) && w.Contains("not on this host", StringComparison.Ordinal));
        Assert.Contains(bench.Warnings, static w => w.Contains("vaults", StringComparison.Ordinal) && w.Contains("repository", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_incomplete_snapshot_deletes_nothing()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("read", "1");
        bench.Write("unread", "2");
        bench.Hooks.OpenFile = static path =>
        {
            if (path.EndsWith("/unread", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        string id = (await bench.BackupAsync()).SnapshotId;
        bench.Hooks.OpenFile = null;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf 2 > unread; printf other > read", bench.Restored("out"));
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
        Assert.Equal(("Incomplete", 1L, 0L), (result.Status, result.FilesChanged, result.FilesDeleted));
        Assert.Equal("1 2", await Shell.RunAsync("echo -n $(cat read) $(cat unread)", bench.Restored("out")));
        Assert.Contains(bench.Warnings, static w => w.Contains("Nothing is deleted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_replaced_only_with_DeleteExtra()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("item", "file");
        bench.Write("other", "other");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("rm item; mkdir item; printf precious > item/inside; printf changed > other", bench.Restored("out"));
        RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
        Assert.Equal(("Incomplete", 1), (result.Status, result.FaultCount));
        Assert.Equal(BackupError.TargetConflict, Assert.Single(bench.Faults).Error);
        Assert.Equal("precious", TestBench.Read(bench.Restored("out", "item/inside")));
        Assert.Equal("other", TestBench.Read(bench.Restored("out", "other")));
        result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
        Assert.Equal(("Complete", 1L), (result.Status, result.FilesDeleted));
        Assert.Equal("file", TestBench.Read(bench.Restored("out", "item")));
    }

    [TreeFact]
    public async Task A_link_in_the_place_of_a_folder_is_replaced_and_never_followed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("folder/file", "content");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("mkdir elsewhere; printf mine > elsewhere/file", bench.Folder);
        await Shell.RunAsync($"rm -r folder; ln -s '{bench["elsewhere"]}' folder", bench.Restored("out"));
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
        Assert.Equal("Complete", result.Status);
        Assert.Equal("mine", TestBench.Read(bench["elsewhere/file"]));
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        // Above what is restored, it is not for this command to replace it.
        await Shell.RunAsync($"mv source '{bench["elsewhere"]}/source'; ln -s '{bench["elsewhere"]}/source' source", Path.GetDirectoryName(bench.Restored("out"))!);
        await Shell.RunAsync("printf changed > elsewhere/source/folder/file", bench.Folder);
        result = await bench.RestoreAsync(id, "out", r => InPlace(r) with { LiteralPath = [bench.Source + "/folder/file"] });
        Assert.Equal("Incomplete", result.Status);
        Assert.Contains(bench.Faults, static f => f.Error == BackupError.TargetConflict);
        Assert.Equal("changed", TestBench.Read(bench["elsewhere/source/folder/file"]));
    }

    [Fact]
    public async Task Rules_of_overwriting_say_which_items_are_compared()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("same-time", "old!");
        bench.Write("newer-there", "old");
        bench.Write("missing", "old");
        await Shell.RunAsync("touch -d '2001-01-01 UTC' *", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        foreach ((string rule, string expected) in new[] { ("Never", "NEW! new old"), ("IfNewer", "NEW! new old"), ("IfChanged", "NEW! old old"), ("Always", "old! old old") })
        {
            await Shell.RunAsync("rm -rf out", bench.Folder);
            await bench.RestoreAsync(id, "out");
            await Shell.RunAsync("printf NEW! > same-time; touch -d '2001-01-01 UTC' same-time; printf new > newer-there; rm missing", bench.Restored("out"));
            Assert.Equal(rule is "Never" or "IfNewer" ? "Incomplete" : "Complete", (await bench.RestoreAsync(id, "out", r => r with { InPlace = true, Overwrite = rule })).Status);
            Assert.Equal(expected, await Shell.RunAsync("echo -n $(cat same-time) $(cat newer-there) $(cat missing)", bench.Restored("out")));
        }
    }

    [TreeFact]
    public async Task A_plan_counts_exactly_what_the_restore_does_and_changes_nothing()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        RestorePlan plan = await target.Bench.Engine.PlanRestoreAsync(new RestoreRequest { Repository = target.Bench.Vault, SnapshotId = target.SnapshotId, Destination = target.Bench["out"], InPlace = true, DeleteExtra = true, Overwrite = "Always" }, target.Bench.Callbacks, default);
        Assert.Equal("", TargetImage.Differences(target.Before, target.Now));
        Assert.False(target.IsAnythingLeft);
        RestoreResult result = await target.RestoreAsync();
        Assert.Equal((plan.FilesToChange, plan.FilesToCreate, plan.FilesToDelete, plan.FilesUnchanged), (result.FilesChanged, result.FilesCreated, result.FilesDeleted, result.FilesUnchanged));
        Assert.Equal((plan.BytesToRestore, plan.BytesToReuse), (result.BytesRestored, result.BytesReused));
        Assert.Equal(plan.FilesToRestore, result.FilesRestored);
        Assert.True(plan.FilesToChange > 5 && plan.FilesToCreate > 5 && plan.FilesToDelete > 4 && plan.BytesToReuse > 100_000, $"{plan}");
    }

    [Fact]
    public async Task A_damaged_block_leaves_its_file_and_what_lies_in_an_unreadable_folder_as_they_are()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        // In packs of their own: only the larger one is damaged.
        await Shell.RunAsync("mkdir a b; printf fine > b/fine", bench.Source);
        await bench.BackupAsync();
        await Shell.RunAsync("head -c 3000000 /dev/urandom > a/lost", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf mine > a/lost; printf mine > b/fine", bench.Restored("out"));
        await Shell.RunAsync("for f in $(find packs -type f -size +1000k); do printf 'XXXXXXXX' | dd of=$f bs=1 seek=1000000 conv=notrunc status=none; done", bench.Vault);
        RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
        Assert.Equal("Incomplete", result.Status);
        Assert.Equal("mine", TestBench.Read(bench.Restored("out", "a/lost")));
        Assert.Equal("fine", TestBench.Read(bench.Restored("out", "b/fine")));
        Assert.False(WorkFolders.AreIn(bench["out"]));
    }

    [Fact]
    public async Task A_file_that_another_reads_stays_whole_for_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "from the snapshot");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        string path = bench.Restored("out", "file");
        await File.WriteAllTextAsync(path, "in use");
        using var reader = new StreamReader(path);
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        Assert.Equal("in use", await reader.ReadToEndAsync());
        Assert.Equal("from the snapshot", TestBench.Read(path));
    }

    [Fact]
    public async Task What_cannot_be_moved_is_a_fault_of_its_own()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/file", "snapshot");
        bench.Write("b/file", "snapshot");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("printf mine > a/file; printf mine > b/file; touch -d '2001-01-01 UTC' a", bench.Restored("out"));
        bench.Hooks.Rename = static path =>
        {
            if (path.EndsWith("/a/file", StringComparison.Ordinal)) throw FileSystemHooks.Fail(PlatformFailure.Denied);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out", InPlace);
        bench.Hooks.Rename = null;
        Assert.Equal(("Incomplete", 1), (result.Status, result.FaultCount));
        Assert.Equal("mine snapshot", await Shell.RunAsync("echo -n $(cat a/file) $(cat b/file)", bench.Restored("out")));
        Assert.Equal("1", (await Shell.RunAsync("stat -c %h a/file", bench.Restored("out"))).Trim());
        Assert.False(WorkFolders.AreIn(bench["out"]));
    }

    [Fact]
    public async Task While_one_is_under_way_another_is_refused()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "snapshot");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await File.WriteAllTextAsync(bench.Restored("out", "file"), "changed");
        BackupEngine other = bench.CreateEngine("home");
        var errors = new List<BackupError>();
        bench.Hooks.Rename = path =>
        {
            if (!path.EndsWith("/source/file", StringComparison.Ordinal)) return;
            bench.Hooks.Rename = null;
            foreach (bool inPlace in new[] { true, false })
            {
                var request = new RestoreRequest { Repository = bench.Vault, SnapshotId = id, Destination = bench["out"], InPlace = inPlace, Overwrite = "Always" };
                errors.Add(Assert.Throws<BackupException>(() => other.RestoreAsync(request, bench.Callbacks, default).GetAwaiter().GetResult()).Error);
            }

            errors.Add(Assert.Throws<BackupException>(() => other.RecoverRestoreAsync(bench["out"], complete: false, bench.Callbacks, default).GetAwaiter().GetResult()).Error);
        };
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", InPlace)).Status);
        Assert.Equal([BackupError.RestoreBusy, BackupError.RestoreUnfinished, BackupError.RestoreBusy], errors);
        Assert.Equal("snapshot", TestBench.Read(bench.Restored("out", "file")));
    }

    [TreeFact]
    public async Task Another_snapshot_waits_until_the_interrupted_one_is_ended()
    {
        await using ChangedTarget target = await ChangedTarget.CreateAsync();
        target.Bench.Write("later", "later");
        string later = (await target.Bench.BackupAsync()).SnapshotId;
        int moves = 0;
        target.Bench.Hooks.Call = name =>
        {
            if ((name == "Move" && ++moves > 5) || moves > 5) throw new SimulatedCrashException();
        };
        await Assert.ThrowsAsync<BackupException>(() => target.RestoreAsync());
        target.Bench.Hooks.Call = null;
        Func<Task<RestoreResult>> restore = () => target.Bench.RestoreAsync(later, "out", static r => InPlace(r) with { DeleteExtra = true });
        Assert.Equal(BackupError.RestoreUnfinished, (await Assert.ThrowsAsync<BackupException>(restore)).Error);

        // Without the home folder it is found, too.
        Directory.Delete(target.Bench["home/restores"], recursive: true);
        Assert.Equal(BackupError.RestoreUnfinished, (await Assert.ThrowsAsync<BackupException>(restore)).Error);
        RestoreResult back = await target.RecoverAsync(complete: false);
        Assert.Equal(("RolledBack", target.SnapshotId), (back.Status, back.SnapshotId));
        Assert.Equal("", TargetImage.Differences(target.Before, target.Now));
        Assert.Equal("Complete", (await restore()).Status);
        await TreeListing.AssertSameAsync(target.Bench.Source, target.Bench.Restored("out"));
    }

    [Fact]
    public async Task A_tree_with_a_name_twice_is_rolled_back_to_what_was_there()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, static c => [c.Folder("a", c.File("twice", "first"), c.File("twice", "second"))]);
        await Shell.RunAsync("mkdir -p out/a; printf mine > out/a/twice", bench.Folder);
        SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
        int syncs = 0;
        bench.Hooks.Sync = () =>
        {
            if (++syncs == 3) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", InPlace));
        Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));
    }

    [Fact]
    public async Task A_process_without_rights_puts_its_work_folder_where_it_may()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("mine/file", "snapshot");
        await Shell.RunAsync("chmod 755 mine; chmod 644 mine/file; chown -R 65534:65534 mine", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        await Shell.RunAsync("chmod -R a+rX vault out; chown 65534 key; chown -R 65534 vault; rm -r home", bench.Folder);
        await Shell.RunAsync("printf changed > mine/file; chmod 555 .", bench.Restored("out"));
        IReadOnlyList<string> lines = await OperationsChild.RunAsync(bench, "restore", $"snapshot={id}", "inplace=1", $"as={OperationsChild.Nobody}", $"path={bench.Source}/mine");
        Assert.Contains("result Complete 1", lines);
        Assert.Equal("snapshot", TestBench.Read(bench.Restored("out", "mine/file")));
        Assert.Equal("", await Shell.RunAsync("find . -name '.backupps-*'", bench["out"]));
    }

    [Fact]
    public async Task Another_file_system_below_gets_a_work_folder_of_its_own()
    {
        if (!OperationsChild.IsRoot) return;
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("mounted/file", "snapshot");
        bench.Write("mounted/second", "snapshot");
        bench.Write("mounted/sub/file", "precious");
        bench.Write("beside", "snapshot");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");
        string mount = bench.Restored("out", "mounted");
        if (await Shell.RunAsync($"mount -t tmpfs none '{mount}' 2>/dev/null && echo -n mounted || true", bench.Folder) != "mounted") return;
        try
        {
            await Shell.RunAsync("printf mine > mounted/file; printf mine > beside; mkdir -p mounted/extra/bound; printf y > mounted/extra/gone; printf keep > mounted/keep", bench.Restored("out"));
            SortedDictionary<string, string> before = TargetImage.Of(bench["out"]);
            int moves = 0;
            bench.Hooks.Call = name =>
            {
                if (name == "Move" && ++moves == 3) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
            };
            await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true }));
            bench.Hooks.Call = null;
            Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));

            // Dead in the middle, and the home folder lost: what is kept on the other file system is found from there, too.
            moves = 0;
            bool dead = false;
            bench.Hooks.Call = name =>
            {
                dead |= name == "Move" && ++moves == 4;
                if (dead) throw new SimulatedCrashException();
            };
            await Assert.ThrowsAsync<BackupException>(() => bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true }));
            bench.Hooks.Call = null;
            Directory.Delete(bench["home/restores"], recursive: true);
            Assert.True(WorkFolders.AreIn(mount));
            Assert.Equal("RolledBack", (await bench.Engine.RecoverRestoreAsync(mount, complete: false, bench.Callbacks, default)).Status);
            Assert.Equal("", TargetImage.Differences(before, TargetImage.Of(bench["out"])));

            // What is mounted in what would be deleted must not be emptied, though it is of the same file system.
            await Shell.RunAsync("mkdir sub; printf precious > sub/file; mount --bind sub extra/bound", mount);
            RestoreResult result = await bench.RestoreAsync(id, "out", static r => InPlace(r) with { DeleteExtra = true });
            Assert.Equal(("Complete", 3L, 1L, 1L), (result.Status, result.FilesChanged, result.FilesCreated, result.FilesDeleted));
            Assert.Equal(["beside", "mounted/extra/bound/file", "mounted/extra/gone", "mounted/file", "mounted/second", "mounted/sub/file"], (await Shell.RunAsync("find . -type f -printf '%P\\n'", bench.Restored("out"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
            Assert.Contains(bench.Warnings, static w => w.Contains("mounted", StringComparison.Ordinal));
        }
        finally
        {
            await Shell.RunAsync($"umount '{mount}/extra/bound' 2>/dev/null || true; umount '{mount}'", bench.Folder);
        }
    }
}
