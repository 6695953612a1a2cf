using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>What cannot be read is one recorded fault; the rest goes on.</summary>
public sealed class SourceFaultTests
{
    // Several chunks.
    private static readonly string Long = string.Concat(Enumerable.Range(0, 400_000).Select(static i => $"{i:d8},"));

    private static async Task<TestBench> BenchAsync()
    {
        TestBench bench = await TestBench.CreateAsync();
        bench.Write("a", "first");
        bench.Write("folder/victim", "the one");
        bench.Write("folder/neighbour", "beside it");
        bench.Write("z", "last");
        return bench;
    }

    [Theory]
    [InlineData("NotFound", "SourceVanished")]
    [InlineData("Denied", "AccessDenied")]
    [InlineData("Damaged", "ReadFailed")]
    [InlineData("NotAFile", "SourceChanged")]
    [InlineData("Other", "ReadFailed")]
    public async Task A_file_that_cannot_be_opened_is_one_fault(string failure, string error)
    {
        await using TestBench bench = await BenchAsync();
        bench.Hooks.OpenFile = path => Throw(path, "victim", failure);
        await AssertOneFaultAsync(bench, error, "folder/victim", "folder/victim");
    }

    [Fact]
    public async Task A_disk_error_in_the_middle_of_a_file_is_one_fault_and_the_file_is_not_in_the_snapshot()
    {
        await using TestBench bench = await BenchAsync();
        bench.Write("folder/victim", Long);
        bench.Hooks.Read = (path, position) =>
        {
            if (position > 0) Throw(path, "victim", "Damaged");
        };
        await AssertOneFaultAsync(bench, "ReadFailed", "folder/victim", "folder/victim");
    }

    [Fact]
    public async Task A_file_that_vanishes_after_its_folder_was_listed_is_one_fault()
    {
        await using TestBench bench = await BenchAsync();
        bench.Hooks.GetInfo = path =>
        {
            if (path.EndsWith("/victim", StringComparison.Ordinal)) File.Delete(path);
        };
        await AssertOneFaultAsync(bench, "SourceVanished", "folder/victim", "folder/victim");
    }

    [Theory]
    [InlineData("names", "ReadFailed")]
    [InlineData("open", "AccessDenied")]
    public async Task A_folder_that_cannot_be_read_is_one_fault_and_stays_as_an_empty_folder(string call, string error)
    {
        await using TestBench bench = await BenchAsync();
        if (call == "names") bench.Hooks.ReadNames = path => Throw(path, "folder", "Damaged");
        else bench.Hooks.OpenFolder = path => Throw(path, "folder", "Denied");
        await AssertOneFaultAsync(bench, error, "folder", "folder/victim", "folder/neighbour");
    }

    [Fact]
    public async Task A_folder_whose_attributes_cannot_be_read_is_one_fault_and_keeps_its_items()
    {
        await using TestBench bench = await BenchAsync();
        bench.Hooks.ReadFolderAttributes = path => Throw(path, "folder", "Damaged");
        await AssertOneFaultAsync(bench, "MetadataNotSaved", "folder");
    }

    [Theory]
    [InlineData("victim")]
    [InlineData("link")]
    [InlineData("pipe")]
    public async Task An_item_whose_attributes_cannot_be_read_is_one_fault_each_time_and_keeps_its_content(string name)
    {
        await using TestBench bench = await BenchAsync();
        await Shell.RunAsync("ln -s x folder/link; mkfifo folder/pipe", bench.Source);
        bench.Hooks.ReadAttributes = path => Throw(path, name, "Other");
        BackupResult first = await bench.BackupAsync();
        BackupResult second = await bench.BackupAsync("Incremental");
        Assert.Equal([("Incomplete", 1), ("Incomplete", 1)], new[] { first, second }.Select(static r => (r.Status, r.FaultCount)));
        Assert.Equal((0, 0), (second.FilesChanged, second.FilesRemoved));
        Assert.All(bench.Faults, f => Assert.Equal(("MetadataNotSaved", $"{bench.Source}/folder/{name}"), (f.Error.Id, f.Path)));
        RestoreResult restored = await bench.RestoreAsync(second.SnapshotId, "out", r => r with { Verify = true });
        Assert.Equal(6, restored.FilesRestored);
        Assert.Equal(TestBench.Read(bench.Source + "/folder/victim"), TestBench.Read(bench.Restored("out", "folder/victim")));

        // Once they can be read, they are in the next snapshot, and all is told to be well.
        bench.Hooks.ReadAttributes = null;
        Assert.Equal(("Complete", 0), ((await bench.BackupAsync("Incremental")).Status, bench.Faults.Count - 2));
    }

    [Fact]
    public async Task A_file_whose_holes_cannot_be_found_is_read_whole()
    {
        await using TestBench bench = await BenchAsync();
        await Shell.RunAsync("truncate -s 3M sparse; printf end >> sparse", bench.Source);
        bench.Hooks.Call = call =>
        {
            if (call == "GetDataExtents") throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        BackupResult result = await bench.BackupAsync();
        Assert.Equal("Complete", result.Status);
        await bench.RestoreAsync(result.SnapshotId, "out");
        Assert.Equal(TestBench.Read(bench.Source + "/sparse"), TestBench.Read(bench.Restored("out", "sparse")));
    }

    [Fact]
    public async Task A_link_that_cannot_be_read_is_one_fault()
    {
        await using TestBench bench = await BenchAsync();
        File.CreateSymbolicLink(bench.Source + "/folder/link", "x");
        bench.Hooks.ReadLink = path => Throw(path, "link", "Damaged");
        await AssertOneFaultAsync(bench, "ReadFailed", "folder/link", "folder/link");
    }

    [Theory]
    [InlineData("grows")]
    [InlineData("shrinks")]
    [InlineData("is overwritten")]
    [InlineData("is emptied")]
    public async Task A_file_that_changes_while_it_is_read_is_one_fault_and_is_read_again_next_time(string how)
    {
        await using TestBench bench = await BenchAsync();
        string victim = bench.Write("folder/victim", Long);
        int done = 0;
        bench.Hooks.Read = (path, position) =>
        {
            if (path != victim || (how != "is emptied" && position == 0) || Interlocked.Exchange(ref done, 1) != 0) return;
            using var file = new FileStream(victim, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            switch (how)
            {
                case "grows":
                    file.Position = file.Length;
                    file.Write("more"u8);
                    break;
                case "shrinks":
                    file.SetLength(Long.Length - 1000);
                    break;
                case "is emptied":
                    file.SetLength(0);
                    break;
                default:
                    file.Write("CHANGED"u8);
                    break;
            }
        };
        BackupResult result = await bench.BackupAsync();
        Assert.Equal(1, done);
        Assert.Equal(("Incomplete", 1), (result.Status, result.FaultCount));
        BackupFault fault = Assert.Single(bench.Faults);
        Assert.Equal(("SourceChanged", victim), (fault.Error.Id, fault.Path));

        // It is in the snapshot as it was read, can be restored, and is not trusted.
        await bench.RestoreAsync(result.SnapshotId, "out", r => r with { Verify = true });
        Assert.Single(bench.Faults);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        if (how == "is overwritten") Assert.Equal(Long, TestBench.Read(bench.Restored("out", "folder/victim")));
        bench.ForgetFaults();
        BackupResult next = await bench.BackupAsync();
        Assert.Equal((1, 1, "Complete"), (next.FilesRead, next.FilesChanged, next.Status));
        await bench.RestoreAsync(next.SnapshotId, "next");
        Assert.Equal(TestBench.Read(victim), TestBench.Read(bench.Restored("next", "folder/victim")));
    }

    [Fact]
    public async Task A_sparse_file_that_is_cut_while_it_is_read_stays_restorable()
    {
        await using TestBench bench = await BenchAsync();
        string victim = bench.Source + "/sparse";
        await Shell.RunAsync("truncate -s 20M sparse; for i in 3 9 15; do head -c 1500000 /dev/urandom | dd of=sparse bs=1M seek=$i conv=notrunc status=none; done", bench.Source);
        bench.Hooks.Read = (path, position) =>
        {
            if (path != victim || position < 9 << 20) return;
            using var file = new FileStream(victim, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.SetLength(10 << 20);
        };
        BackupResult result = await bench.BackupAsync();
        Assert.Equal("SourceChanged", Assert.Single(bench.Faults).Error.Id);
        RestoreResult restored = await bench.RestoreAsync(result.SnapshotId, "out", r => r with { Verify = true });
        // What the snapshot lacks, it lacks; what it has was restored and proved.
        Assert.Equal(("Incomplete", 0), (restored.Status, restored.FaultCount));
        Assert.Equal("Passed", (await bench.VerifyAsync("Restore")).Status);
    }

    [Fact]
    public async Task A_source_that_is_missing_is_a_fault_and_the_others_are_saved()
    {
        await using TestBench bench = await BenchAsync();
        string missing = bench["not/there"];
        BackupResult result = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source, missing, bench["not/either"], bench.Source + "/a/below-a-file"], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(("Incomplete", 4), (result.Status, result.FilesNew));
        Assert.Equal([bench["not/either"], missing], bench.Faults.Select(static f => f.Path).Order(StringComparer.Ordinal));
        Assert.All(bench.Faults, static f => Assert.Equal("SourceNotFound", f.Error.Id));
    }

    [Fact]
    public async Task Without_any_source_there_is_no_snapshot()
    {
        await using TestBench bench = await BenchAsync();
        var request = new BackupRequest { Source = [bench["not/there"], bench["nor/there"]], Repository = bench.Vault };
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => bench.Engine.BackupAsync(request, bench.Callbacks, default));
        Assert.Equal("NothingToBackUp", e.Error.Id);
        Assert.Empty(await bench.ListSnapshotsAsync());
        Assert.Empty(Directory.EnumerateFiles(bench.Vault + "/sessions"));
        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync(null, null, null, 0, default));
        Assert.Equal(("Failed", "NothingToBackUp", 2), (run.Status, run.ErrorId, run.FaultCount));
    }

    [Fact]
    public async Task Faults_are_in_the_catalog_with_path_and_reason()
    {
        await using TestBench bench = await BenchAsync();
        bench.Hooks.OpenFile = path => Throw(path, "victim", "Denied");
        await bench.AddPolicyAsync();
        BackupResult result = await bench.RunPolicyAsync();
        BackupRun run = Assert.Single(await bench.Engine.GetRunsAsync("p", null, null, 0, default));
        Assert.Equal(("Incomplete", 1, result.SnapshotId, "Full"), (run.Status, run.FaultCount, run.SnapshotId, run.Type));
        Assert.Equal($"AccessDenied: {bench.Source}/folder/victim: Injected: Denied.", Assert.Single(run.Faults));
        Assert.Equal(run.Faults, result.Faults);
        BackupSnapshot snapshot = Assert.Single(await bench.ListSnapshotsAsync());
        Assert.Equal(("Incomplete", 1), (snapshot.Status, snapshot.FaultCount));
    }

    [Fact]
    public async Task Faults_from_before_the_run_are_part_of_it()
    {
        await using TestBench bench = await BenchAsync();
        var fault = new BackupFault(BackupError.NameNotRepresentable, "/x/bad\ufffd", "it came as an object");
        BackupResult result = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault, SourceFaults = [fault] }, bench.Callbacks, default);
        Assert.Equal(("Incomplete", 1, 4), (result.Status, result.FaultCount, result.FilesNew));
        Assert.Equal(fault, Assert.Single(bench.Faults));
    }

    private static void Throw(string path, string name, string failure)
    {
        if (path.EndsWith("/" + name, StringComparison.Ordinal)) throw FileSystemHooks.Fail(Enum.Parse<PlatformFailure>(failure));
    }

    // Everything but what is named comes back.
    private static async Task AssertOneFaultAsync(TestBench bench, string error, string faulty, params string[] missing)
    {
        BackupResult result = await bench.BackupAsync();
        Assert.Equal(("Incomplete", 1), (result.Status, result.FaultCount));
        BackupFault fault = Assert.Single(bench.Faults);
        Assert.Equal((error, $"{bench.Source}/{faulty}"), (fault.Error.Id, fault.Path));
        Assert.NotEmpty(fault.Reason);
        await bench.RestoreAsync(result.SnapshotId, "out", r => r with { Verify = true });
        string[] all = [.. Directory.EnumerateFiles(bench.Source, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(bench.Source, f)).Except(missing).Order(StringComparer.Ordinal)];
        Assert.Equal(all, Directory.EnumerateFiles(bench.Restored("out"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(bench.Restored("out"), f)).Order(StringComparer.Ordinal));
        foreach (string name in all) Assert.Equal(TestBench.Read(Path.Join(bench.Source, name)), TestBench.Read(bench.Restored("out", name)));
    }
}
