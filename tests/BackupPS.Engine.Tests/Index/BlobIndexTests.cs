using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Index;

public sealed class BlobIndexTests
{
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 2000)]
    public void It_finds_every_copy_where_it_is(int seed, int packs)
    {
        var random = new Random(seed);
        var index = new BlobIndex();
        var model = new Dictionary<BlobId, List<(string Pack, int Segment, long SegmentOffset, int Offset, int Length)>>();
        int count = 0;
        for (int p = 0; p < packs; p++)
        {
            PackDescription pack = RandomPack(random, p);
            index.Add(pack);
            long offset = PackLayout.HeaderLength;
            for (int s = 0; s < pack.Segments.Count; s++)
            {
                int at = 0;
                foreach (BlobEntry blob in pack.Segments[s].Blobs)
                {
                    if (!model.TryGetValue(blob.Id, out var copies)) model.Add(blob.Id, copies = []);
                    copies.Add((pack.NameText, s, offset, at, blob.Length));
                    at += blob.Length;
                    count++;
                }

                offset += pack.Segments[s].SealedLength;
            }
        }

        Assert.Equal(packs, index.Packs.Count);
        Assert.Equal(count, index.Count);
        foreach ((BlobId id, var copies) in model)
        {
            Assert.True(index.Contains(id));
            var found = new List<(string, int, long, int, int)>();
            for (int copy = 0; index.TryFind(id, copy, out BlobLocation at); copy++)
            {
                IndexedPack pack = index.Packs[at.Pack];
                found.Add((pack.Name, at.Segment, pack.Segments[at.Segment].Offset, at.Offset, at.Length));
            }

            Assert.Equal(copies.Order(), found.Order());
        }

        for (int i = 0; i < 1000; i++) Assert.False(index.Contains(new BlobId(SplitMix.Bytes((ulong)(1_000_000 + i), 24))));
    }

    [Fact]
    public void A_pack_that_several_index_objects_name_counts_once()
    {
        var index = new BlobIndex();
        PackDescription pack = RandomPack(new Random(4), 1);
        index.Add(pack);
        int count = index.Count;
        index.Add(pack with { });
        Assert.Equal(count, index.Count);
        Assert.Single(index.Packs);
    }

    [Fact]
    public async Task Any_number_of_threads_look_up()
    {
        var index = new BlobIndex();
        var random = new Random(6);
        for (int p = 0; p < 500; p++) index.Add(RandomPack(random, p));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            for (int i = worker; i < 20_000; i += 2)
            {
                var id = new BlobId(SplitMix.Bytes((ulong)i, 24));
                Assert.Equal(index.Contains(id), index.TryFind(id, 0, out BlobLocation at));
                if (index.Contains(id)) Assert.InRange(at.Pack, 0, 499);
            }
        })));
    }

    // Ids from a small range, so that blobs have several copies, in one pack and in many.
    private static PackDescription RandomPack(Random random, int number)
    {
        var segments = new List<SegmentContents>();
        for (int s = random.Next(0, 5); s >= 0; s--)
        {
            BlobEntry[] blobs = [.. Enumerable.Range(0, random.Next(0, 8)).Select(_ => new BlobEntry(new BlobId(SplitMix.Bytes((ulong)random.Next(20_000), 24)), random.Next(0, 5000)))];
            segments.Add(new SegmentContents(random.Next(16, 10_000), blobs.Sum(static b => b.Length), CodecId.Zstd, blobs));
        }

        return new PackDescription(SplitMix.Bytes((ulong)number, 32), new byte[32], BlobKind.Data, PackDescription.MaximumLength, segments);
    }
}
