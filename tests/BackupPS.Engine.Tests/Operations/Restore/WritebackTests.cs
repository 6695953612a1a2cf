using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>How what was restored becomes durable.</summary>
public sealed class WritebackTests
{
    [Fact]
    public async Task Writing_to_the_disk_begins_beside_the_work_and_the_barrier_is_the_last_call()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        await Shell.RunAsync("for i in {1..2}; do head -c 200000000 /dev/zero | tr '\\0' $i > f$i; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int syncs = 0, writesAfterLast = 0;
        bench.Hooks.Write = (_, _) => Interlocked.Increment(ref writesAfterLast);
        bench.Hooks.Sync = () =>
        {
            Interlocked.Increment(ref syncs);
            Interlocked.Exchange(ref writesAfterLast, 0);
        };
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out")).Status);
        Assert.InRange(syncs, 2, 5);
        Assert.Equal(0, writesAfterLast);
    }

    [Fact]
    public async Task A_few_files_are_made_durable_by_themselves_with_the_folders_that_lead_to_them()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("a/b/file", "content");
        for (int i = 0; i < 20; i++) bench.Write($"z/f{i}", "x");
        string id = (await bench.BackupAsync()).SnapshotId;
        var synced = new System.Collections.Concurrent.ConcurrentQueue<string>();
        int barriers = 0;
        bench.Hooks.SyncItem = synced.Enqueue;
        bench.Hooks.Sync = () => Interlocked.Increment(ref barriers);
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "new/out", r => r with { LiteralPath = [bench.Source + "/a/b/file"] })).Status);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(0, barriers);
            var expected = new List<string> { bench.Restored("new/out", "a/b/file") };
            for (string folder = bench.Restored("new/out", "a/b"); folder.Length >= bench.Folder.Length; folder = Path.GetDirectoryName(folder)!) expected.Add(folder.TrimEnd('/'));
            Assert.Equal(expected.Order(StringComparer.Ordinal), synced.Order(StringComparer.Ordinal));
            Assert.Equal(expected[0], synced.First(s => s.StartsWith(bench["new/out"], StringComparison.Ordinal) && s != bench["new/out"]));
        }

        synced.Clear();
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "all")).Status);
        Assert.Equal(1, barriers);
        Assert.Empty(synced);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_disk_that_loses_what_was_written_fails_the_restore_whichever_call_is_told(int failing)
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        await Shell.RunAsync("for i in {1..2}; do head -c 200000000 /dev/zero | tr '\\0' $i > f$i; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int syncs = 0;
        bench.Hooks.Sync = () =>
        {
            if (Interlocked.Increment(ref syncs) == failing) throw FileSystemHooks.Fail(PlatformFailure.Damaged);
        };
        await Assert.ThrowsAnyAsync<Exception>(() => bench.RestoreAsync(id, "out"));
        Assert.Equal("Failed", (await bench.Engine.GetRunsAsync(null, null, null, 1, default)).Single().Status);
    }
}
