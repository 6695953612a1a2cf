using BackupPS.Engine.Compression;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Lists of blobs that are used again.</summary>
public sealed class BlobListPoolTests
{
    [Fact]
    public void A_list_comes_back_empty_and_only_once()
    {
        var pool = new BlobListPool();
        List<BlobEntry> first = pool.Rent(10), second = pool.Rent(10);
        first.Add(new BlobEntry(new BlobId(SplitMix.Bytes(1, 24)), 1));
        BlobEntry[] alone = [new BlobEntry(new BlobId(SplitMix.Bytes(2, 24)), 2)];
        pool.Return(new PackDescription(new byte[32], new byte[32], BlobKind.Data, 1000, [new SegmentContents(20, 1, CodecId.None, first), new SegmentContents(20, 2, CodecId.None, alone)]));
        Assert.Same(first, pool.Rent(10));
        Assert.Empty(first);
        Assert.Single(alone);
        List<BlobEntry> third = pool.Rent(10);
        Assert.NotSame(first, third);
        Assert.NotSame(second, third);
    }

    [Fact]
    public void Packs_are_the_same_in_lists_that_were_used_before()
    {
        var pool = new BlobListPool();
        PackDescription[] fresh = WritePacks(null), first = WritePacks(pool);
        string[] expected = [.. fresh.Select(Describe)];
        Assert.Equal(expected, first.Select(Describe));
        foreach (PackDescription pack in first) pool.Return(pack);
        PackDescription[] again = WritePacks(pool);
        Assert.Equal(expected, again.Select(Describe));
        Assert.Contains(again.SelectMany(static p => p.Segments), s => first.SelectMany(static p => p.Segments).Any(old => ReferenceEquals(old.Blobs, s.Blobs)));
    }

    // Hundreds of blobs of all lengths, in an order that is always the same.
    private static PackDescription[] WritePacks(BlobListPool? pool)
    {
        var random = new Random(5);
        var sink = new CollectingSink();
        using var slabs = new SlabPool(long.MaxValue, static () => { });
        using var packs = new PackAssembler(FixedKeys.Set, BlobKind.Data, slabs, sink, 64 * 1024);
        using var writer = new SegmentWriter(packs, CodecId.None, 4096, pool);
        for (int i = 0; i < 2000; i++)
        {
            byte[] content = SplitMix.Bytes((ulong)i, random.Next(50) == 0 ? 3000 : random.Next(1, i < 1000 ? 40 : 400));
            writer.Add(FixedKeys.Set.ComputeId(BlobKind.Data, content), content);
        }

        writer.Flush();
        sink.TakeRest(packs);
        return [.. sink.Packs.Select(static p => p.Pack)];
    }

    private static string Describe(PackDescription pack) =>
        string.Join('\n', pack.Segments.Select(static s => $"{s.RawLength}: {string.Join(' ', s.Blobs.Select(static b => $"{b.Id} {b.Length}"))}"));
}
