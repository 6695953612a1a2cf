namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>What snapshots take, and what their removal frees.</summary>
public sealed class SnapshotMeasureTests
{
    private static async Task<List<BackupSnapshotSize>> MeasureAsync(TestBench bench, params string[] ids)
    {
        var sizes = new List<BackupSnapshotSize>();
        await foreach (BackupSnapshotSize size in bench.Engine.MeasureSnapshotsAsync(new MeasureQuery { Repository = bench.Vault, SnapshotId = ids }, bench.Callbacks, default)) sizes.Add(size);
        return sizes;
    }

    private static void WriteRandom(TestBench bench, string name, int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        File.WriteAllBytes(Path.Join(bench.Source, name), bytes);
    }

    private static long PacksOf(TestBench bench) => Directory.GetFiles(bench.Vault + "/packs", "*", SearchOption.AllDirectories).Sum(static f => new FileInfo(f).Length);

    [Fact]
    public async Task What_is_unique_is_what_removal_and_optimization_free()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        WriteRandom(bench, "all", 3_000_000, 1);
        WriteRandom(bench, "first", 2_000_000, 2);
        string first = (await bench.BackupAsync()).SnapshotId;
        File.Delete(Path.Join(bench.Source, "first"));
        WriteRandom(bench, "later", 1_000_000, 3);
        string second = (await bench.BackupAsync()).SnapshotId;
        WriteRandom(bench, "last", 500_000, 4);
        string third = (await bench.BackupAsync()).SnapshotId;

        List<BackupSnapshotSize> sizes = await MeasureAsync(bench, first, second, third);
        Assert.Equal([first, second, third], sizes.Select(static s => s.SnapshotId));
        Assert.Equal([5_000_000L, 4_000_000, 4_500_000], sizes.Select(static s => s.Bytes));
        Assert.Equal([2L, 2, 3], sizes.Select(static s => s.FileCount));
        Near(5_000_000, sizes[0].StoredBytes);
        Near(2_000_000, sizes[0].UniqueBytes);
        Near(0, sizes[1].UniqueBytes);
        Near(500_000, sizes[2].UniqueBytes);
        Assert.All(sizes, static s => Assert.Equal(s.StoredBytes, s.UniqueBytes + s.SharedBytes));

        // The second has nothing of its own but trees; once the first is gone, nothing more goes with it. With the last, all that is left goes.
        Assert.Equal(sizes[0].UniqueBytes, sizes[0].FreedBytes);
        Near(0, sizes[1].FreedBytes);
        Near(4_500_000, sizes[2].FreedBytes);
        Near(PacksOf(bench), sizes.Sum(static s => s.FreedBytes));
        Assert.Equal(sizes[2].UniqueBytes, Assert.Single(await MeasureAsync(bench, third)).FreedBytes);

        long before = PacksOf(bench);
        await bench.Engine.RemoveSnapshotAsync(bench.Vault, first, null, default);
        await bench.Engine.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault, MaxUnusedPercent = 0 }, RunCallbacks.None, default);
        Near(sizes[0].UniqueBytes, before - PacksOf(bench));

        // But for trees, the ends of packs, and what sealing adds.
        static void Near(long expected, long actual) => Assert.InRange(actual, expected - 40_000, expected + 40_000);
    }

    [Fact]
    public async Task What_one_snapshot_has_twice_is_still_its_own_and_what_two_share_is_neither_s()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        WriteRandom(bench, "a", 400_000, 1);
        WriteRandom(bench, "b", 400_000, 1);
        string own = (await bench.BackupAsync()).SnapshotId;
        Assert.InRange(Assert.Single(await MeasureAsync(bench, own)).UniqueBytes, 400_000, 430_000);

        // The same folder, met whole and met again in parts.
        string again = (await bench.BackupAsync("Full")).SnapshotId;
        File.Delete(Path.Join(bench.Source, "b"));
        string part = (await bench.BackupAsync()).SnapshotId;
        List<BackupSnapshotSize> sizes = await MeasureAsync(bench, own, again, part);
        Assert.All(sizes, static s => Assert.InRange(s.UniqueBytes, 0, 30_000));
        Assert.All(sizes, static s => Assert.InRange(s.SharedBytes, 400_000, 430_000));
        Assert.InRange(sizes[2].FreedBytes, 400_000, 430_000);
    }

    [Fact]
    public async Task A_snapshot_that_is_not_there_is_told_and_the_others_are_measured()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        string id = (await bench.BackupAsync()).SnapshotId;
        Assert.Equal(id, Assert.Single(await MeasureAsync(bench, new string('f', 32), id, id)).SnapshotId);
        Assert.Equal(("SnapshotNotFound", new string('f', 32)), Assert.Single(bench.Faults) is var fault ? (fault.Error.Id, fault.Path) : default);
        Assert.Empty(await MeasureAsync(bench, new string('e', 32)));
    }

    [Fact]
    public async Task Measuring_agrees_with_what_retention_says()
    {
        var clock = OffsetClock.Settled;
        await using TestBench bench = await TestBench.CreateAsync(clock: clock);
        await bench.AddPolicyAsync(keepLast: 1);
        for (int i = 0; i < 4; i++)
        {
            WriteRandom(bench, $"f{i}", 300_000, i);
            if (i > 1) File.Delete(Path.Join(bench.Source, $"f{i - 2}"));
            await bench.RunPolicyAsync();
            clock.Advance(TimeSpan.FromHours(1));
        }

        RetentionDecision[] removed = [.. (await bench.Engine.PlanRetentionAsync("p", null, measure: true, default)).Where(static d => d.Action == "Remove")];
        Assert.Equal(3, removed.Length);
        Assert.Equal(removed.Select(static d => d.BytesFreed), (await MeasureAsync(bench, [.. removed.Select(static d => d.SnapshotId)])).Select(static s => s.FreedBytes));
    }
}
