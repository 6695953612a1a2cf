using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>How what was restored becomes durable.</summary>
public sealed class WritebackTests
{
    [Fact]
    public async Task Writing_to_the_disk_begins_beside_the_work_and_the_barrier_is_the_last_call()
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        await Shell.RunAsync("for i in {1..9}; do head -c 40000000 /dev/zero | tr '\\0' $i > f$i; done", bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        int syncs = 0, writesAfterLast = 0;
        bench.Hooks.Write = (_, _) => Interlocked.Increment(ref writesAfterLast);
        bench.Hooks.Sync = () =>
        {
            Interlocked.Increment(ref syncs);
            Interlocked.Exchange(ref writesAfterLast, 0);
        };
        Assert.Equal("Complete", (await bench.RestoreAsync(id, "out")).Status);
        Assert.InRange(syncs, 2, 4);
        Assert.Equal(0, writesAfterLast);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_disk_that_loses_what_was_written_fails_the_restore_whichever_call_is_told(int failing)
    {
        await using TestBench bench = await TestBench.CreateAsync(compression: "None");
        await Shell.RunAsync("for i in {1..9}; do head -c 40000000 /dev/zero | tr '\\0' $i > f$i; done", bench.Source);
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
