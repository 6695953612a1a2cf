using System.Text;
using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Tests.Compression;

public sealed class CodecTests
{
    // What lies before and behind a destination and must stay as it is.
    private const int Margin = 64 * 1024;

    public static TheoryData<string> Codecs => ["Zstd", "Brotli"];

    /// <summary>Every implementation that this machine has.</summary>
    public static TheoryData<string> Implementations => [.. ZstdWays.Here, "Brotli"];

    [Theory]
    [MemberData(nameof(Implementations))]
    public void What_a_codec_compresses_it_decompresses(string codec)
    {
        using ICodec sut = Create(codec);
        foreach (byte[] raw in Samples())
        {
            byte[] compressed = new byte[raw.Length + 1024];
            int length = sut.Compress(raw, compressed);
            Assert.InRange(length, 1, compressed.Length);
            byte[] back = new byte[raw.Length];
            Assert.True(sut.TryDecompress(compressed.AsSpan(0, length), back));
            Assert.Equal(raw, back);
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void A_wrong_length_is_not_whole(string codec)
    {
        using ICodec sut = Create(codec);
        byte[] raw = Text(5000);
        byte[] compressed = new byte[6000];
        int length = sut.Compress(raw, compressed);
        Assert.False(sut.TryDecompress(compressed.AsSpan(0, length), new byte[raw.Length - 1]));
        Assert.False(sut.TryDecompress(compressed.AsSpan(0, length), new byte[raw.Length + 1]));
        Assert.False(sut.TryDecompress(compressed.AsSpan(0, length - 1), new byte[raw.Length]));
        Assert.False(sut.TryDecompress([], new byte[raw.Length]));
        Assert.True(sut.TryDecompress(compressed.AsSpan(0, length), new byte[raw.Length]));
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Damage_is_an_answer_and_no_crash(string codec)
    {
        using ICodec sut = Create(codec);
        byte[] raw = Text(20_000);
        byte[] compressed = new byte[30_000];
        int length = sut.Compress(raw, compressed);
        var random = new Random(11);
        byte[] back = new byte[raw.Length];
        byte[] around = new byte[raw.Length + (2 * Margin)];
        int refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            byte[] hurt = compressed[..length];
            for (int n = random.Next(1, 4); n > 0; n--) hurt[random.Next(hurt.Length)] = (byte)random.Next(256);

            // At times into less than it holds.
            int wanted = i % 3 == 0 ? random.Next(raw.Length) : raw.Length;
            around.AsSpan().Fill(0xA5);
            if (!sut.TryDecompress(hurt, around.AsSpan(Margin, wanted))) refused++;
            Assert.Equal(-1, around.AsSpan(0, Margin).IndexOfAnyExcept((byte)0xA5));
            Assert.Equal(-1, around.AsSpan(Margin + wanted).IndexOfAnyExcept((byte)0xA5));
        }

        Assert.InRange(refused, 5000 / 3, 5000);

        // The codec still works after all that.
        Assert.True(sut.TryDecompress(compressed.AsSpan(0, length), back));
        Assert.Equal(raw, back);
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void What_is_cut_short_or_no_frame_is_refused(string codec)
    {
        using ICodec sut = Create(codec);
        byte[] raw = Text(3000);
        byte[] compressed = new byte[4000];
        int length = sut.Compress(raw, compressed);
        byte[] back = new byte[raw.Length];
        for (int i = 0; i < length; i++) Assert.False(sut.TryDecompress(compressed.AsSpan(0, i), back));
        for (ulong seed = 0; seed < 200; seed++) Assert.False(sut.TryDecompress(SplitMix.Bytes(seed, 500), back));
        Assert.True(sut.TryDecompress(compressed.AsSpan(0, length), back));
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void A_result_that_does_not_fit_is_minus_one(string codec)
    {
        using ICodec sut = Create(codec);
        Assert.Equal(-1, sut.Compress(SplitMix.Bytes(1, 10_000), new byte[5000]));
    }

    [Fact]
    public void An_unknown_codec_is_of_a_newer_format() =>
        Assert.Equal(BackupError.UnsupportedFormat, Assert.Throws<BackupException>(static () => SegmentCompressor.CreateCodec((CodecId)3)).Error);

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Segments_shrink_and_come_back(string codec)
    {
        using var sut = new SegmentCompressor(Enum.Parse<CodecId>(codec));
        using ICodec decoder = Create(codec);
        foreach (byte[] raw in new[] { Text(1000), Text(200_000), new byte[1 << 20] })
        {
            ReadOnlySpan<byte> stored = sut.Compress(raw, out CodecId used);
            Assert.Equal(decoder.Id, used);
            Assert.True(stored.Length < raw.Length * 0.99);
            byte[] back = new byte[raw.Length];
            Assert.True(decoder.TryDecompress(stored, back));
            Assert.Equal(raw, back);
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_does_not_shrink_is_stored_as_it_is(string codec)
    {
        using var sut = new SegmentCompressor(Enum.Parse<CodecId>(codec));
        foreach (int length in new[] { 0, 1, 31, 32, 1000, 100_000, 128 * 1024, 1 << 20 })
        {
            ReadOnlySpan<byte> raw = SplitMix.Bytes(5, length);
            ReadOnlySpan<byte> stored = sut.Compress(raw, out CodecId used);
            Assert.Equal(CodecId.None, used);
            Assert.True(stored == raw);
        }
    }

    [Fact]
    public void Text_in_a_part_of_a_large_segment_is_found_by_the_samples()
    {
        using var sut = new SegmentCompressor(CodecId.Brotli);
        byte[] raw = [.. SplitMix.Bytes(5, 600_000), .. Text(448_000)];
        sut.Compress(raw, out CodecId used);
        Assert.Equal(CodecId.Brotli, used);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_codec_that_lies_is_caught_before_anything_is_stored(bool decodes)
    {
        var codec = new LyingCodec(decodes);
        using (var sut = new SegmentCompressor(codec))
        {
            var e = Assert.Throws<BackupException>(() => sut.Compress(Text(1000), out _));
            Assert.Equal(BackupError.CompressionFailed, e.Error);
        }

        Assert.True(codec.IsDisposed);
    }

    private static ICodec Create(string codec) => codec is ZstdWays.System or ZstdWays.Packaged or ZstdWays.Managed ? ZstdWays.Create(codec) : SegmentCompressor.CreateCodec(Enum.Parse<CodecId>(codec))!;

    private static IEnumerable<byte[]> Samples()
    {
        var random = new Random(3);
        foreach (int length in new[] { 1, 2, 31, 32, 33, 1000, 65_536, 1 << 20 })
        {
            yield return new byte[length];
            yield return SplitMix.Bytes((ulong)length, length);
            yield return Text(length);
        }

        for (int i = 0; i < 50; i++) yield return [.. Enumerable.Repeat((byte)i, random.Next(1, 5000)), .. SplitMix.Bytes((ulong)i, random.Next(1, 5000))];
    }

    private static byte[] Text(int length) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 6) + 1).Select(static i => $"{i % 100_000:d6}")))[..length];
}
