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
}
