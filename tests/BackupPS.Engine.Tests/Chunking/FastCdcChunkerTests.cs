using BackupPS.Engine.Chunking;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Chunking;

/// <summary>Where content is cut. The golden lists were computed by another program from FORMAT.md.</summary>
public sealed class FastCdcChunkerTests
{
    private const int KiB = 1024, MiB = 1024 * KiB;
    private static readonly byte[] Content = SplitMix.Bytes(42, 64 * MiB);

    private static readonly int[] Golden =
    [
        1138018, 1088365, 1099421, 1057878, 1824315, 527168, 1265464, 1587595, 1294487, 1245689, 2197372, 1092843, 1096169, 1208889, 2268045, 1097198,
        1050553, 1340673, 1062193, 1220148, 659929, 1301472, 1052167, 1297127, 619902, 1549216, 1141551, 1236389, 1199505, 1604170, 2090967, 1280500,
        1259880, 1201015, 1256726, 1951715, 1274606, 1682483, 1112333, 1099137, 1434228, 1692615, 1232931, 1582906, 353348, 1176058, 2156100, 1262692,
        1499028, 1281083, 1084887, 719715,
    ];

    private static readonly int[] GoldenSmall =
    [
        103824, 93347, 121710, 66913, 67627, 66661, 79082, 28728, 103853, 108121, 85597, 74437, 76306, 61812, 80052, 110653, 65932, 82132, 37390, 68674,
        93277, 72961, 25220, 71435, 67187, 90919, 74626, 69358, 70622, 98395, 86810, 71996, 72844, 66024, 66793, 36004, 80873, 152703, 79595, 95145,
    ];

    [Fact]
    public void A_fixed_key_cuts_a_fixed_stream_where_it_always_did()
    {
        Assert.Equal(Golden, Cut(Chunker(0, MiB), Content));
        Assert.Equal(GoldenSmall, Cut(Chunker(0, 64 * KiB), Content.AsSpan(0, 8 * MiB)).Take(GoldenSmall.Length));
    }

    [Fact]
    public void Every_chunk_but_the_last_keeps_to_minimum_and_maximum_whatever_the_content()
    {
        byte[] zeros = new byte[5 * MiB];
        byte[] periodic = [.. Enumerable.Range(0, 5 * MiB).Select(static i => (byte)(i % 251))];
        byte[] text = [.. Enumerable.Range(0, 5 * MiB).Select(static i => (byte)('a' + (i * 7919 % 26)))];
        foreach (byte[] content in new[] { zeros, periodic, text, Content[..(20 * MiB)] })
        {
            FastCdcChunker chunker = Chunker(3, 64 * KiB);
            List<int> cuts = Cut(chunker, content);
            Assert.Equal(content.Length, cuts.Sum());
            Assert.All(cuts.SkipLast(1), c => Assert.InRange(c, chunker.MinimumLength + 1, chunker.MaximumLength));
            Assert.InRange(cuts[^1], 1, chunker.MaximumLength);
        }
    }

    [Fact]
    public void Constant_content_is_cut_at_the_maximum_or_always_at_the_same_place()
    {
        List<int> cuts = Cut(Chunker(0, 64 * KiB), new byte[10 * MiB]);
        Assert.Single(cuts.SkipLast(1).Distinct());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(70_000)]
    public void An_insertion_at_the_front_changes_only_the_first_chunks(int inserted)
    {
        FastCdcChunker chunker = Chunker(0, MiB);
        HashSet<long> ends = Ends(Cut(chunker, Content), 0);
        byte[] longer = [.. SplitMix.Bytes(7, inserted), .. Content];
        List<int> cuts = Cut(chunker, longer);
        long[] shared = [.. Ends(cuts, -inserted).Where(ends.Contains)];
        Assert.True(cuts.Count - shared.Length <= 5, $"{cuts.Count - shared.Length} of {cuts.Count} chunks are new");
    }

    [Fact]
    public void A_change_in_the_middle_leaves_what_is_far_from_it()
    {
        FastCdcChunker chunker = Chunker(0, MiB);
        byte[] changed = [.. Content];
        changed[32 * MiB] ^= 1;
        int different = Cut(chunker, changed).Count - Ends(Cut(chunker, changed), 0).Count(Ends(Cut(chunker, Content), 0).Contains);
        Assert.InRange(different, 0, 4);
    }

    [Fact]
    public void Another_key_cuts_elsewhere()
    {
        HashSet<long> other = Ends(Cut(Chunker(1, MiB), Content), 0);
        other.Remove(Content.Length);
        Assert.DoesNotContain(Ends(Cut(Chunker(0, MiB), Content), 0), other.Contains);
    }

    [Fact]
    public void The_mean_of_random_content_is_near_the_average()
    {
        // Four keys over 64 MiB at 64 KiB: some 3000 chunks. Normalization pulls the median to the average and the mean a little over it.
        List<int> cuts = [.. Enumerable.Range(10, 4).SelectMany(static k => Cut(Chunker(k, 64 * KiB), Content))];
        Assert.InRange(cuts.Average(), 1.1 * 64 * KiB, 1.4 * 64 * KiB);
        Assert.InRange(cuts.Count(static c => c is > 32 * KiB and < 128 * KiB) / (double)cuts.Count, 0.75, 1.0);
        Assert.InRange(cuts.Count(static c => c == 256 * KiB) / (double)cuts.Count, 0, 0.01);
    }

    [Fact]
    public void A_cut_depends_only_on_what_is_before_it()
    {
        FastCdcChunker chunker = Chunker(0, 64 * KiB);
        for (int start = 0; start < MiB; start += 12_345)
        {
            int whole = chunker.FindCut(Content.AsSpan(start, 10 * MiB));
            Assert.Equal(whole, chunker.FindCut(Content.AsSpan(start, chunker.MaximumLength)));
            if (whole < chunker.MaximumLength) Assert.Equal(whole, chunker.FindCut(Content.AsSpan(start, whole)));
        }
    }

    [Fact]
    public void Short_content_is_one_chunk()
    {
        FastCdcChunker chunker = Chunker(0, 64 * KiB);
        foreach (int length in new[] { 0, 1, 63, 64, 65, chunker.MinimumLength - 1, chunker.MinimumLength }) Assert.Equal(length, chunker.FindCut(Content.AsSpan(0, length)));
    }

    [Fact]
    public void Fixed_blocks_have_one_length()
    {
        var chunker = new FixedChunker(64 * KiB);
        Assert.Equal([64 * KiB, 64 * KiB, 17], Cut(chunker, Content.AsSpan(0, (128 * KiB) + 17)));
        Assert.Equal(64 * KiB, chunker.MinimumLength);
        Assert.Equal(64 * KiB, chunker.MaximumLength);
    }

    private static FastCdcChunker Chunker(int key, int average) => new(FixedKeys.Range(key, 32), average / 4, average, average * 4);

    private static List<int> Cut(IChunker chunker, ReadOnlySpan<byte> content)
    {
        var cuts = new List<int>();
        while (!content.IsEmpty)
        {
            int cut = chunker.FindCut(content);
            cuts.Add(cut);
            content = content[cut..];
        }

        return cuts;
    }

    private static HashSet<long> Ends(List<int> cuts, long offset)
    {
        var ends = new HashSet<long>();
        foreach (int cut in cuts) ends.Add(offset += cut);
        return ends;
    }
}
