using System.Diagnostics;
using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>Files that are written under their own names, in folders that the restore has made.</summary>
public sealed class InPlaceTests
{
    private const int Kills = 8;
    private const int Seed = 815;

    [TreeFact]
    public async Task In_a_new_folder_a_file_carries_the_mark_until_it_is_whole()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/file", "content");
        string id = (await bench.BackupAsync()).SnapshotId;
        string during = "";
        bench.Hooks.Write = (folder, _) => during = Shell.RunAsync("find . -type f -printf '%f %m %s'", folder).GetAwaiter().GetResult();
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", static r => r with { Verify = true })).Status);
        if (OperatingSystem.IsLinux()) Assert.Equal("file 1200 0", during);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
    }

    [Fact]
    public async Task In_a_folder_that_was_there_a_name_appears_with_a_whole_file()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/file", "content");
        string id = (await bench.BackupAsync()).SnapshotId;
        Directory.CreateDirectory(bench.Restored("out", "a"));
        var during = new List<string>();
        bench.Hooks.Write = (folder, _) => during.AddRange(Directory.EnumerateFiles(folder).Select(static f => Path.GetFileName(f)));
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out")).Status);
        Assert.StartsWith(".backupps-", Assert.Single(during), StringComparison.Ordinal);
        Assert.Equal("content", TestBench.Read(bench.Restored("out", "a/file")));
    }

    [Theory]
    [InlineData("Never")]
    [InlineData("IfNewer")]
    [InlineData("IfChanged")]
    public async Task What_a_killed_restore_has_left_is_replaced_whatever_the_rule_and_nothing_else_is(string overwrite)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/unfinished", "content");
        bench.Write("a/own", "content");
        await Shell.RunAsync("touch -d '2001-02-03 UTC' a/*", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.RestoreAsync(id, "out");

        // The times are those of the snapshot, so that no rule has a reason to replace "own".
        await Shell.RunAsync("chmod 1200 unfinished; printf cont > unfinished; printf CONTENT > own; touch -d '2001-02-03 UTC' own", bench.Restored("out", "a"));
        RestoreResult again = await bench.RestoreAsync(id, "out", r => r with { Overwrite = overwrite });
        Assert.Equal(("Complete", 1L, 1L), (again.Status, again.FilesRestored, again.FilesSkipped));
        Assert.Equal("content CONTENT", await Shell.RunAsync("printf \"$(cat unfinished) $(cat own)\"", bench.Restored("out", "a")));
        Assert.Equal("644", (await Shell.RunAsync("stat -c %a unfinished", bench.Restored("out", "a"))).Trim());
    }

    [Fact]
    public async Task A_file_that_has_the_mode_of_the_mark_in_the_snapshot_is_restored_and_then_left_alone()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string id = await CraftedSnapshot.WriteAsync(bench, static c => [c.Folder("a", c.File("odd", "content", mode: UnfinishedFile.Mode))]);
        Assert.Equal(1, (await bench.RestoreAsync(id, "out")).FilesRestored);
        Assert.Equal("1200 7", (await Shell.RunAsync("stat -c '%a %s' odd", bench["out/a"])).Trim());
        Assert.Equal(1, (await bench.RestoreAsync(id, "out")).FilesSkipped);
    }

    [TreeFact]
    public async Task A_default_access_list_or_group_of_the_destination_is_not_left_on_what_is_restored()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        for (int i = 0; i < 3; i++) bench.Write($"a/b/f{i}", $"content {i}");
        bench.Write("top", "top");
        string id = (await bench.BackupAsync()).SnapshotId;
        await Shell.RunAsync("mkdir acl group; setfacl -d -m u:12345:rwx,g::rwx acl; chmod 2777 group", bench.Folder);
        if (OperationsChild.IsRoot) await Shell.RunAsync("chgrp 4321 group", bench.Folder);
        foreach (string destination in new[] { "acl", "group" })
        {
            Assert.Equal("Complete", (await bench.RestoreAsync(id, destination, static r => r with { Verify = true })).Status);
            await TreeListing.AssertSameAsync(bench.Source, bench.Restored(destination));
            Assert.Equal("", await Shell.RunAsync("getfacl -R -s -p . ", bench.Restored(destination)));
        }
    }

    [Fact]
    public async Task A_large_file_that_cannot_be_read_to_its_end_leaves_nothing_and_the_others_come()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/small", "small");
        await Shell.RunAsync("head -c 20000000 /dev/urandom > a/large", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int writes = 0;
        bench.Hooks.Write = (_, offset) =>
        {
            if (offset > 0 && Interlocked.Increment(ref writes) == 3) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        RestoreResult result = await bench.RestoreAsync(id, "out");
        Assert.Equal(("Incomplete", 1L, 1), (result.Status, result.FilesRestored, result.FaultCount));
        Assert.Equal(bench.Source + "/a/large", Assert.Single(bench.Faults).Path);
        Assert.Equal(["small"], Directory.EnumerateFiles(bench.Restored("out", "a")).Select(static f => Path.GetFileName(f)));
        bench.Hooks.Write = null;
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out", static r => r with { Verify = true })).Status);
        Assert.Equal("", await Shell.RunAsync($"diff -r source '{bench.Restored("out")}'", bench.Folder));
    }

    [Fact]
    public async Task A_restore_that_fails_leaves_alone_what_another_has_put_in_the_place_of_its_unfinished_file()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/file", "content");
        string id = (await bench.BackupAsync()).SnapshotId;
        bool first = true;
        bench.Hooks.Write = (_, _) =>
        {
            if (!first) return;
            first = false;
            RestoreResult other = bench.RestoreAsync(id, "out").GetAwaiter().GetResult();
            Assert.Equal(("Complete", 1L), (other.Status, other.FilesRestored));
            throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        Assert.Equal("Incomplete", (await bench.RestoreAsync(id, "out")).Status);
        Assert.Equal("content", TestBench.Read(bench.Restored("out", "a/file")));
    }

    [TreeFact]
    public async Task Folders_that_an_interrupted_restore_has_not_finished_get_their_metadata_from_the_next_and_others_keep_theirs()
    {
        await using TestBench bench = await TestBench.CreateAsync(workers: 1);
        bench.Write("a/file", "content");
        bench.Write("b/other", "content");
        await Shell.RunAsync("chmod 2755 a; chmod 711 b; touch -d '2001-02-03 UTC' a b", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        using var stop = new CancellationTokenSource();
        bench.Hooks.Write = (_, _) =>
        {
            // The walk is over by then: the file that is given up is all that its folder waits for.
            Thread.Sleep(200);
            stop.Cancel();
            stop.Token.ThrowIfCancellationRequested();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RestoreAsync(id, "out", cancellationToken: stop.Token));
        bench.Hooks.Write = null;
        if (OperatingSystem.IsLinux()) Assert.Equal("1700\n1700\n", await Shell.RunAsync("stat -c %a a b", bench.Restored("out")));
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out")).Status);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        // Whole by now, and changed by somebody: Never leaves it alone.
        await Shell.RunAsync("chmod g-s,o= a; touch -d '2003-02-01 UTC' a b", bench.Restored("out"));
        await bench.RestoreAsync(id, "out");
        Assert.Equal("750 2003\n711 2003\n", await Shell.RunAsync("for f in a b; do echo $(stat -c %a $f) $(date -u -r $f +%Y); done", bench.Restored("out")));
    }

    [Fact]
    public async Task Killed_at_any_moment_a_restore_leaves_only_whole_files_beside_marked_ones_and_the_next_one_completes_it()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("for d in {1..40}; do mkdir d$d; for i in {1..40}; do head -c $((d * i * 7)) /dev/urandom > d$d/f$i; done; done; for i in {1..6}; do head -c 9000000 /dev/urandom > big$i; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        var watch = new Stopwatch();
        using (Process whole = await StartAsync(bench, id))
        {
            watch.Start();
            await whole.WaitForExitAsync();
        }

        double duration = watch.Elapsed.TotalMilliseconds;
        var random = new Random(Seed);
        int killed = 0;
        for (int i = 0; i < Kills; i++)
        {
            await Shell.RunAsync("rm -rf out", bench.Folder);
            double moment = random.NextDouble() * duration;
            using (Process child = await StartAsync(bench, id))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(moment));
                killed += child.HasExited ? 0 : 1;
                child.Kill();
                await child.WaitForExitAsync();
            }

            string what = $"kill {i} after {moment:f0} of {duration:f0} ms (seed {Seed})";
            if (Directory.Exists(bench.Restored("out")))
            {
                string torn = await Shell.RunAsync("find . -type f ! -perm 1200 ! -name '.backupps-*' | while read f; do cmp -s \"$f\" \"$SOURCE/$f\" || echo \"$f\"; done".Replace("$SOURCE", bench.Source, StringComparison.Ordinal), bench.Restored("out"));
                Assert.True(torn.Length == 0, $"{torn} not whole: {what}");
            }

            RestoreResult next = await bench.RestoreAsync(id, "out", static r => r with { Overwrite = "Never", Verify = true });
            Assert.True(next.Status == "Complete", what);
            Assert.Equal("", await Shell.RunAsync($"diff -r -x '.backupps-*' source '{bench.Restored("out")}'; find out -perm 1200", bench.Folder));
        }

        Assert.InRange(killed, Kills / 2, Kills);
    }

    private static async Task<Process> StartAsync(TestBench bench, string id)
    {
        Process child = ChildProcess.Start(ChildProcess.CommandLine(OperationsChild.Task, bench.Folder, "restore", $"snapshot={id}"));
        Assert.Equal("begun", await child.StandardOutput.ReadLineAsync());
        child.StandardOutput.Close();
        return child;
    }
}
