using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Index;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>What a run has claimed, in memory and in files.</summary>
public sealed class ClaimedBlobsTests
{
    private const int BlobsPerRun = 50;
    private readonly IndexCache cache = new(folder: null, keeps: false) { Limits = new IndexLimits { Runs = 4, GrowthFactor = 2 } };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_answers_as_a_set_does_wherever_its_blobs_are(int seed)
    {
        var random = new Random(seed);
        using var claimed = new ClaimedBlobs(IndexWorld.Keys, cache, BlobsPerRun);
        var model = new HashSet<BlobId>();
        var unindexed = new List<BlobId>();
        int most = 0;
        for (int i = 0; i < 20_000; i++)
        {
            BlobId id = IndexWorld.Id(random.Next(10_000));
            Assert.True(model.Contains(id) == claimed.Contains(id), $"seed {seed}, step {i}");
            bool added = claimed.Add(id);
            Assert.True(model.Add(id) == added, $"seed {seed}, step {i}");
            if (added) unindexed.Add(id);
            if (unindexed.Count > random.Next(20, 200))
            {
                // The last ones are not in a pack yet.
                int count = random.Next(1, unindexed.Count);
                claimed.AddIndexed(Pack(random, unindexed[..count]));
                unindexed.RemoveRange(0, count);
                most = Math.Max(most, claimed.RunCount);
            }
        }

        Assert.Equal(4, most);
        for (int i = 0; i < 11_000; i++) Assert.True(model.Contains(IndexWorld.Id(i)) == claimed.Contains(IndexWorld.Id(i)), $"seed {seed}, blob {i}");
    }

    [Fact]
    public void Where_no_file_can_be_written_they_stay_in_memory()
    {
        using var folder = new TemporaryFolder();
        using var claimed = new ClaimedBlobs(IndexWorld.Keys, new IndexCache(folder: null, keeps: false) { TemporaryFolder = Path.Join(folder.Path, "none") }, BlobsPerRun);
        BlobId[] ids = [.. Enumerable.Range(0, 1000).Select(IndexWorld.Id)];
        var random = new Random(1);
        for (int i = 0; i < ids.Length; i += 100)
        {
            Assert.All(ids[i..(i + 100)], id => Assert.True(claimed.Add(id)));
            claimed.AddIndexed(Pack(random, ids[i..(i + 100)]));
        }

        Assert.Equal(0, claimed.RunCount);
        Assert.All(ids, id => Assert.False(claimed.Add(id)));
    }

    [Fact]
    public async Task While_blobs_move_nobody_misses_one_and_each_is_claimed_once()
    {
        using var claimed = new ClaimedBlobs(IndexWorld.Keys, cache, BlobsPerRun);
        BlobId[] ids = [.. Enumerable.Range(0, 6000).Select(IndexWorld.Id)];
        int[] owners = new int[ids.Length];
        int ready = 0;
        Task[] askers = [.. Enumerable.Range(0, 3).Select(asker => Task.Run(() =>
        {
            var random = new Random(asker);
            while (Volatile.Read(ref ready) < ids.Length)
            {
                // Now and then the next one, which others want at the same time; mostly one that was claimed, and may be moving.
                int known = Volatile.Read(ref ready);
                int number = Math.Min(random.Next(known + 3), ids.Length - 1);
                if (random.Next(4) == 0 && claimed.Add(ids[number])) Interlocked.Increment(ref owners[number]);
                if (number < known) Assert.True(claimed.Contains(ids[number]), $"blob {number}");
            }
        }))];
        var packs = new Random(9);
        for (int i = 0; i < ids.Length; i += 60)
        {
            for (int number = i; number < i + 60; number++)
            {
                if (claimed.Add(ids[number])) Interlocked.Increment(ref owners[number]);
            }

            Volatile.Write(ref ready, i + 60);
            claimed.AddIndexed(Pack(packs, ids[i..(i + 60)]));
        }

        await Task.WhenAll(askers);
        Assert.InRange(claimed.RunCount, 1, 4);
        Assert.All(owners, static owner => Assert.Equal(1, owner));
    }

    private static PackDescription Pack(Random random, IReadOnlyList<BlobId> ids)
    {
        byte[] name = new byte[32], salt = new byte[32];
        random.NextBytes(name);
        random.NextBytes(salt);
        BlobEntry[] blobs = [.. ids.Select(static id => new BlobEntry(id, 10))];
        int half = blobs.Length / 2;
        return new PackDescription(name, salt, BlobKind.Data, 1 << 20, [new SegmentContents(100, half * 10, CodecId.None, blobs[..half]), new SegmentContents(100, (blobs.Length - half) * 10, CodecId.None, blobs[half..])]);
    }
}
