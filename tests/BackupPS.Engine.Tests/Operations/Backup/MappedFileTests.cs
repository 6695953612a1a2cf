using System.IO.MemoryMappedFiles;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Backup;

/// <summary>Files that are written to through a shared mapping: their times tell of the first write to a page, and not of the next.</summary>
public sealed class MappedFileTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_mapped_when_it_is_saved_is_read_again_also_when_it_is_no_longer_mapped(bool staysMapped)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string path = bench.Write("mapped", new string('0', 5000));
        bench.Write("other", "is trusted");
        BackupResult first;
        using (var mapping = MemoryMappedFile.CreateFromFile(path))
        using (MemoryMappedViewAccessor view = mapping.CreateViewAccessor())
        {
            view.Write(0, (byte)'1');
            DateTime dirty = File.GetLastWriteTimeUtc(path);
            first = await bench.BackupAsync();
            view.Write(0, (byte)'2');
            Assert.Equal(dirty, File.GetLastWriteTimeUtc(path));
            if (staysMapped) await AssertReadAgainAsync(bench, path);
        }

        if (!staysMapped) await AssertReadAgainAsync(bench, path);
        Assert.Equal("Complete", first.Status);
    }

    [Fact]
    public async Task A_file_that_is_mapped_and_has_not_changed_is_read_and_counts_as_unchanged()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        string path = bench.Write("f", "x");
        bench.Write("g", "y");
        BackupResult first = await bench.BackupAsync();
        Assert.Equal((0, 2), await ReadAsync(bench));
        var mapped = new MappedFiles();
        ItemInfo info = PlatformFileSystem.Create().GetInfo(path);
        mapped.Add(info.Device, info.Inode, "f"u8);
        bench.Hooks.Mapped = () => mapped;
        Assert.Equal((1, 2), await ReadAsync(bench));

        // A plan says so, too.
        BackupPlan plan = await bench.Engine.PlanBackupAsync(new BackupRequest { Source = [bench.Source], Repository = bench.Vault }, bench.Callbacks, default);
        Assert.Equal(1, plan.FilesToRead);
        Assert.Equal("Full", first.Type);
    }

    private static async Task<(long Read, long Unchanged)> ReadAsync(TestBench bench)
    {
        BackupResult result = await bench.BackupAsync("Incremental");
        return (result.FilesRead, result.FilesUnchanged);
    }

    private static async Task AssertReadAgainAsync(TestBench bench, string path)
    {
        BackupResult second = await bench.BackupAsync("Incremental");
        Assert.Equal(("Complete", 1, 1, 1), (second.Status, second.FilesRead, second.FilesChanged, second.FilesUnchanged));
        await bench.RestoreAsync(second.SnapshotId, "out");
        Assert.Equal(TestBench.Read(path), TestBench.Read(bench.Restored("out", "mapped")));
        Assert.StartsWith("2", TestBench.Read(bench.Restored("out", "mapped")), StringComparison.Ordinal);
    }
}
