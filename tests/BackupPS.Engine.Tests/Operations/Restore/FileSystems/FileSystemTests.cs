namespace BackupPS.Engine.Tests.Operations.Restore.FileSystems;

/// <summary>Every way of restoring, on every kind of file system: the least that one can do is enough, and what it cannot keep is said once.</summary>
public sealed class FileSystemTests
{
    private const string MakeSource =
        """
        umask 022
        mkdir -p sub/deep kept.d
        printf one > changed; printf two > sub/deep/missing; printf three > same; printf four > was-folder; printf five > sub/deep/file
        head -c 300000 /dev/urandom > large
        printf shared > link-a; ln link-a link-b; printf six > kept.d/file; chmod 640 same
        touch -d '2001-02-03 04:05:06 UTC' same sub/deep/file
        """;

    // The target as it is before: everything that a restore in place changes, below the former path of the source.
    private const string ChangeTarget =
        """
        printf other > changed; rm sub/deep/missing; rm was-folder; mkdir -p was-folder/full; printf x > was-folder/full/file
        printf X | dd of=large bs=1 seek=150000 conv=notrunc status=none
        mkdir -p extra/deep/er; printf e > extra/deep/er/file; printf e > extra/deep/file; printf e > sub/extra
        rm link-b; printf apart > link-b
        """;

    private static readonly (string Name, Func<RestoreRequest, RestoreRequest> Change)[] Modes =
    [
        ("into a folder", static r => r),
        ("-Overwrite Always", static r => r with { Overwrite = "Always" }),
        ("-InPlace", static r => r with { InPlace = true, Overwrite = "Always" }),
        ("-InPlace -DeleteExtra", static r => r with { InPlace = true, Overwrite = "Always", DeleteExtra = true }),
        ("-InPlace -DeleteExtra -NoRollback", static r => r with { InPlace = true, Overwrite = "Always", DeleteExtra = true, NoRollback = true }),
    ];

    [MountFact]
    public Task On_tmpfs() => RestoreInEveryWayAsync("tmpfs", keepsAll: true);

    [MountFact]
    public Task On_a_bind_mount() => RestoreInEveryWayAsync("bind", keepsAll: true);

    [MountFact]
    public Task On_an_overlay() => RestoreInEveryWayAsync("overlay", keepsAll: true);

    [MountFact("losetup", "mkfs.ext4")]
    public Task On_ext4() => RestoreInEveryWayAsync("ext4", keepsAll: true);

    [MountFact("losetup", "mkfs.xfs")]
    public Task On_xfs() => RestoreInEveryWayAsync("xfs", keepsAll: true);

    [MountFact("losetup", "mkfs.btrfs")]
    public Task On_btrfs() => RestoreInEveryWayAsync("btrfs", keepsAll: true);

    [MountFact("losetup", "mkfs.exfat", "mount.exfat-fuse")]
    public Task On_exfat_in_user_space() => RestoreInEveryWayAsync("exfat", keepsAll: false);

    [MountFact("losetup", "mkfs.ntfs", "ntfs-3g")]
    public Task On_ntfs_in_user_space() => RestoreInEveryWayAsync("ntfs", keepsAll: false);

    [MountFact]
    public Task Dead_on_an_overlay() => DieAndRollBackAsync("overlay");

    [MountFact("losetup", "mkfs.btrfs")]
    public Task Dead_on_btrfs() => DieAndRollBackAsync("btrfs");

    [MountFact("losetup", "mkfs.exfat", "mount.exfat-fuse")]
    public Task Dead_on_exfat_in_user_space() => DieAndRollBackAsync("exfat");

    [MountFact("losetup", "mkfs.exfat", "mount.exfat-fuse")]
    public async Task What_exfat_cannot_have_is_a_fault_and_all_else_comes()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        await Shell.RunAsync("mkdir Dir dir; printf a > Dir/a; printf b > dir/b; printf one > README; printf two > Readme; printf c > a:b; ln -s README link; mkfifo fifo; printf plain > plain", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await using TargetDisk disk = await TargetDisk.MountAsync(bench, "exfat", "true");
        int number = 0;
        foreach ((string name, Func<RestoreRequest, RestoreRequest> change) in Modes)
        {
            string to = $"{TargetDisk.FolderName}/{number++}";

            // Into nothing, and once more over what came of that.
            for (int pass = 1; pass <= 2; pass++)
            {
                bench.ForgetFaults();
                RestoreResult result = await bench.RestoreAsync(id, to, change);
                string what = $"{name}, pass {pass}: {result.Status}\n{string.Join('\n', result.Faults)}";
                Assert.True(result.Status == "Incomplete", what);
                foreach (string item in new[] { "Readme", "a:b", "link", "fifo" }) Assert.True(result.Faults.Any(f => f.Contains($"/{item}: ", StringComparison.Ordinal)), $"{what}\nno fault of {item}");
                Assert.True(result.Faults.Any(static f => f.Contains("/dir: ", StringComparison.Ordinal) || f.Contains("/dir/b: ", StringComparison.Ordinal)), what);
                Assert.True(!result.Faults.Any(static f => f.Contains("/plain: ", StringComparison.Ordinal) || f.Contains("/README: ", StringComparison.Ordinal)), what);
                Assert.Equal("plain one a", await Shell.RunAsync("echo -n $(cat plain) $(cat README) $(cat Dir/*)", bench.Restored(to)));
                await AssertNothingLeftAsync(bench, what);
            }
        }
    }

    [MountFact("losetup", "mkfs.ext4")]
    public async Task A_repository_is_made_at_the_top_of_a_disk_that_was_just_formatted()
    {
        await using var bench = new TestBench();
        await using TargetDisk disk = await TargetDisk.MountAsync(bench, "ext4", "true");
        string path = bench[TargetDisk.FolderName];
        var create = new CreateRepositoryRequest { Path = path, Secret = bench.Secret, Compression = "Brotli" };
        await File.WriteAllTextAsync(path + "/other", "");
        Assert.Equal(BackupError.FolderNotEmpty, (await Assert.ThrowsAsync<BackupException>(() => bench.Engine.CreateRepositoryAsync(create, default))).Error);
        File.Delete(path + "/other");
        await bench.Engine.CreateRepositoryAsync(create, default);
        bench.Write("file", "saved");
        BackupResult result = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = path }, bench.Callbacks, default);
        Assert.Equal("Complete", result.Status);
        Assert.Equal("Passed", (await bench.Engine.VerifyAsync(new VerifyRequest { Repository = path, Level = "Data" }, bench.Callbacks, default)).Status);
        Assert.True(Directory.Exists(path + "/lost+found"));
    }

    private static async Task RestoreInEveryWayAsync(string kind, bool keepsAll)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync(MakeSource, bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        foreach ((string name, Func<RestoreRequest, RestoreRequest> change) in Modes)
        {
            await using TargetDisk disk = await TargetDisk.MountAsync(bench, kind, Fill(bench, changed: true));
            RestoreRequest request = change(new RestoreRequest { Destination = "/" });
            bench.ForgetFaults();

            // Where something is in the place of what is restored, only deleting it helps.
            if (!request.DeleteExtra) await Shell.RunAsync("rm -r was-folder", bench.Restored(TargetDisk.FolderName));
            RestoreResult result = await bench.RestoreAsync(id, TargetDisk.FolderName, r => change(r) with { Verify = request.Overwrite == "Always" });
            string what = $"{kind}, {name}: {result.Status}\n{string.Join('\n', result.Faults)}\n{string.Join('\n', bench.Warnings)}";
            await AssertNothingLeftAsync(bench, what);
            if (request.Overwrite == "Never")
            {
                Assert.Equal("two four", await Shell.RunAsync("echo -n $(cat sub/deep/missing) $(cat was-folder)", bench.Restored(TargetDisk.FolderName)));
                continue;
            }

            Assert.True(result.Status == "Complete", what);
            SortedDictionary<string, string> expected = Content(bench.Source), actual = Content(bench.Restored(TargetDisk.FolderName));
            if (!request.DeleteExtra)
            {
                foreach (string extra in new[] { "extra/deep/er/file", "extra/deep/file", "sub/extra" }) Assert.True(actual.Remove(extra), $"{what}\nno {extra}");
            }

            Assert.True(expected.SequenceEqual(actual), $"{what}\n{string.Join(' ', actual.Keys)}");
            if (keepsAll) Assert.True(bench.Warnings.Count == 0, what);
            else Assert.True(bench.Warnings.Count(static w => w.Contains("cannot keep", StringComparison.Ordinal)) is >= 1 and <= 3, what);
            if (kind == "exfat") Assert.Single(bench.Warnings, static w => w.Contains("several names", StringComparison.Ordinal));
            if (keepsAll) await TreeListingOfLinksAsync(bench);
            if (!request.InPlace || !keepsAll) continue;

            // And then there is nothing left to do.
            RestoreResult again = await bench.RestoreAsync(id, TargetDisk.FolderName, change);
            Assert.True((again.Status, again.FilesChanged, again.FilesCreated, again.FilesDeleted) == ("Complete", 0, 0, 0), $"{what}\nagain {again.FilesChanged} {again.FilesCreated} {again.FilesDeleted}");
        }
    }

    private static async Task DieAndRollBackAsync(string kind)
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        await Shell.RunAsync(MakeSource, bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int died = 0;
        foreach (bool complete in new[] { false, true })
        {
            for (int at = 1; at <= 25; at += 4)
            {
                await using TargetDisk disk = await TargetDisk.MountAsync(bench, kind, Fill(bench, changed: true));
                SortedDictionary<string, string> before = Content(bench.Restored(TargetDisk.FolderName));
                int moves = 0;
                bool dead = false;
                bench.Hooks.Call = call =>
                {
                    dead |= call is "Move" or "DeleteFolder" && ++moves == at;
                    if (dead) throw new InPlace.SimulatedCrashException();
                };
                RestoreResult? result = null;
                try
                {
                    result = await bench.RestoreAsync(id, TargetDisk.FolderName, Modes[3].Change);
                }
                catch (BackupException)
                {
                    died++;
                }

                bench.Hooks.Call = null;
                string what = $"{kind}, dead at move {at}, {(complete ? "completed" : "rolled back")}";
                if (result is null)
                {
                    try
                    {
                        RestoreResult ended = await bench.Engine.RecoverRestoreAsync(bench[TargetDisk.FolderName], complete, bench.Callbacks, default);
                        Assert.True(ended.FaultCount == 0, $"{what}\n{string.Join('\n', ended.Faults)}");
                    }
                    catch (BackupException e) when (e.Error == BackupError.RestoreNotFound)
                    {
                        // It had just begun, or just ended.
                    }
                }

                SortedDictionary<string, string> now = Content(bench.Restored(TargetDisk.FolderName));
                bool isBefore = now.SequenceEqual(before), isAfter = now.SequenceEqual(Content(bench.Source));
                Assert.True(isBefore || isAfter, $"{what}\n{string.Join(' ', now.Keys)}");
                if (result is not null) Assert.True(isAfter, what);
                await AssertNothingLeftAsync(bench, what);
            }
        }

        Assert.True(died > 5, $"{died} died");
    }

    // The target lies where a restore without a destination of its own would put it.
    private static string Fill(TestBench bench, bool changed) =>
        $"mkdir -p '.{bench.Source}'; cp -r '{bench.Source}/.' '.{bench.Source}'; cd '.{bench.Source}'; {(changed ? ChangeTarget : "true")}";

    private static async Task TreeListingOfLinksAsync(TestBench bench) =>
        Assert.Equal("1", (await Shell.RunAsync("stat -c %i link-a link-b | sort -u | wc -l", bench.Restored(TargetDisk.FolderName))).Trim());

    private static SortedDictionary<string, string> Content(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })) files[Path.GetRelativePath(folder, file)] = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        return files;
    }

    // What a file system in user space hides while it is open goes a moment later.
    private static async Task AssertNothingLeftAsync(TestBench bench, string what)
    {
        string left = "";
        for (int i = 0; i < 20; i++)
        {
            left = await Shell.RunAsync("find . -name '.backupps*' -o -name '.fuse_hidden*' -o -name 'backupps-left*'", bench[TargetDisk.FolderName]);
            if (left.Length == 0) break;
            await Task.Delay(50);
        }

        Assert.True(left.Length == 0, $"{what}\nleft: {left}");
        Assert.True(!Directory.Exists(bench["home/restores"]) || !Directory.EnumerateFileSystemEntries(bench["home/restores"]).Any(), what);
    }
}
