namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Sources below other sources.</summary>
public sealed class NestedSourceTests
{
    [Fact]
    public async Task A_folder_and_what_is_below_it_count_once_in_any_order()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string file = bench.Write("folder/file", "content");
        foreach (string[] sources in new[] { new[] { bench.Source, file }, [file, bench.Source], [file, bench.Source, file, bench["source/folder"]] })
        {
            BackupResult backup = await bench.Engine.BackupAsync(new BackupRequest { Source = sources, Repository = bench.Vault }, bench.Callbacks, default);
            Assert.Equal(("Complete", 1), (backup.Status, backup.FilesNew + backup.FilesUnchanged));
            Assert.Equal([bench.Source], (await bench.ListSnapshotsAsync())[^1].Source);
        }
    }

    [Fact]
    public async Task What_lies_behind_a_link_that_is_a_source_is_told()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("real/file", "content");
        File.CreateSymbolicLink(bench["link"], bench["source/real"]);
        foreach (string[] sources in new[] { new[] { bench["link"], bench["link/file"] }, [bench["link/file"], bench["link"]] })
        {
            bench.ForgetFaults();
            BackupResult backup = await bench.Engine.BackupAsync(new BackupRequest { Source = sources, Repository = bench.Vault }, bench.Callbacks, default);
            Assert.Equal("Incomplete", backup.Status);
            BackupFault fault = Assert.Single(bench.Faults);
            Assert.Equal(("SourceNotFound", bench["link/file"]), (fault.Error.Id, fault.Path));
        }
    }

    [Fact]
    public async Task A_policy_whose_source_is_a_link_to_a_folder_is_not_complete()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("file", "content");
        await bench.AddPolicyAsync();
        Assert.Equal("Complete", (await bench.RunPolicyAsync()).Status);

        // The folder was moved to a larger disk, say, and a link left in its place.
        Directory.Move(bench.Source, bench["moved"]);
        File.CreateSymbolicLink(bench.Source, bench["moved"]);
        await bench.Engine.PlanBackupAsync(new BackupRequest { PolicyName = "p" }, bench.Callbacks, default);
        Assert.Equal("Incomplete", (await bench.RunPolicyAsync()).Status);
        Assert.Equal([("SourceNotFound", bench.Source), ("SourceNotFound", bench.Source)], bench.Faults.Select(static f => (f.Error.Id, f.Path)));

        // Named for one run it is told, and is what it is: a link. One that leads nowhere is nothing but a link.
        Assert.Equal("Complete", (await bench.BackupAsync()).Status);
        Assert.Contains(bench.Source, Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Directory.Delete(bench["moved"], recursive: true);
        Assert.Equal("Complete", (await bench.RunPolicyAsync()).Status);
        Assert.Single(bench.Warnings);
    }
}
