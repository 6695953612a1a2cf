namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Every kind of file goes through backup and restore, and the system's own tools see no difference.</summary>
public sealed class EveryKindTests
{
    [TreeFact]
    public async Task Every_kind_of_item_comes_back_as_it_was()
    {
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true, compression: "Auto");
        await EveryKind.MakeAsync(bench.Source);

        BackupResult first = await bench.BackupAsync();
        Assert.Empty(bench.Faults);
        Assert.Equal("Complete", first.Status);
        RestoreResult restored = await bench.RestoreAsync(first.SnapshotId, "out", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        if (OperationsChild.IsRoot) Assert.Empty(bench.Warnings);
        Assert.Equal("Complete", restored.Status);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));

        // Sparse files are sparse again.
        string blocks = await Shell.RunAsync("cd sparse; for f in *; do stat -c %b $f; done", bench.Restored("out"));
        string before = await Shell.RunAsync("cd sparse; for f in *; do stat -c %b $f; done", bench.Source);
        Assert.Equal(before, blocks);

        // A second run reads and stores next to nothing, and what it saves is whole, too. The two files from the future are read again, since
        // their times are not 2 s old, and are found unchanged.
        BackupResult second = await bench.BackupAsync();
        Assert.Equal((2, 0, 0, 0), (second.FilesRead, second.FilesNew, second.FilesChanged, second.FilesRemoved));
        Assert.Equal(first.FilesNew, second.FilesUnchanged);

        // The folders above the source may have changed: the tree that names them is all that is stored.
        Assert.InRange(second.BytesStored, 0, 4096);
        await bench.RestoreAsync(second.SnapshotId, "again");
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("again"));
        Assert.Equal("Passed", (await bench.VerifyAsync("Restore")).Status);
    }

    [TreeFact]
    public async Task Paths_longer_than_the_system_takes_in_one_call_come_back()
    {
        await using TestBench bench = await TestBench.CreateAsync(onDisk: true);
        await Shell.RunAsync(
            """
            n=$(printf 'd%.0s' {1..250})
            for i in {1..30}; do printf "$i" > file; ln -s "$n" link; mkdir "$n"; cd -P "$n" 2>/dev/null; done
            printf deepest > file
            """, bench.Source);
        BackupResult backup = await bench.BackupAsync();
        Assert.Empty(bench.Faults);
        Assert.Equal(61, backup.FilesNew);
        await bench.RestoreAsync(backup.SnapshotId, "out", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"), longPaths: true);
        Assert.Equal("Passed", (await bench.VerifyAsync("Restore")).Status);

        // A source, and a path to restore, that are longer than that themselves.
        string deep = bench.Source + string.Concat(Enumerable.Repeat("/" + new string('d', 250), 20));
        BackupResult below = await bench.Engine.BackupAsync(new BackupRequest { Source = [deep], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(("Complete", 21), (below.Status, below.FilesNew));
        RestoreResult part = await bench.RestoreAsync(backup.SnapshotId, "part", r => r with { LiteralPath = [deep + "/file"] });
        Assert.Equal((1, "Complete"), (part.FilesRestored, part.Status));
    }

    [Fact]
    public async Task A_source_that_is_a_symbolic_link_is_saved_as_one_and_never_followed()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("real/secret", "not this");
        File.CreateSymbolicLink(bench["link"], bench.Source + "/real");
        BackupResult backup = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench["link"]], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal((1, 0), (backup.FilesNew, backup.FilesRead));
        await bench.RestoreAsync(backup.SnapshotId, "out");
        Assert.Equal(bench.Source + "/real", new FileInfo(Path.Join(bench["out"], bench["link"])).LinkTarget);
        Assert.Equal(["link"], Directory.EnumerateFileSystemEntries(Path.Join(bench["out"], bench.Folder)).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_link_that_leads_to_a_source_is_passed_through_and_saved_as_the_folder_that_it_stands_for()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("real/inner/file", "content");
        File.CreateSymbolicLink(bench["link"], bench.Source + "/real");
        BackupResult backup = await bench.Engine.BackupAsync(new BackupRequest { Source = [bench["link"] + "/inner"], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(("Complete", 1), (backup.Status, backup.FilesNew));
        await bench.RestoreAsync(backup.SnapshotId, "out");
        Assert.Equal("content", TestBench.Read(Path.Join(bench["out"], bench["link"], "inner/file")));
    }

    [TreeFact]
    public async Task Times_beyond_what_dotnet_can_say_come_back_and_can_be_listed()
    {
        // tmpfs keeps 64-bit seconds.
        await using TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync("printf x > far; printf y > early; touch -d @999999999999.123456789 far; touch -d @-99999999999.5 early", bench.Source);
        BackupResult backup = await bench.BackupAsync();
        await bench.RestoreAsync(backup.SnapshotId, "out", r => r with { Verify = true });
        Assert.Empty(bench.Faults);
        await TreeListing.AssertSameAsync(bench.Source, bench.Restored("out"));
        var items = new List<BackupItem>();
        await foreach (BackupItem item in bench.Engine.GetItemsAsync(new ItemQuery { Repository = bench.Vault, SnapshotId = backup.SnapshotId, Recurse = true }, default)) items.Add(item);
        Assert.Equal(3, items.Count);
    }
}
