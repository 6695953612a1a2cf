namespace BackupPS.Engine.Tests.Platform;

/// <summary>Names as segments of a drive's path.</summary>
public sealed class PathSegmentTests
{
    private const int Seed = 20261122;

    // What names are made of where the rule has something to do.
    private static readonly byte[] Telling = [.. "%%%:\\258ACFacf0*[]`~. \n"u8, 0x7F, 0x80, 0x9F, 0xC3, 0xA9, 0xED, 0xA0, 0xBD, 0xF0, 0x9F, 0x98, 0x80, 0xFF];

    [Theory]
    [InlineData("plain name.txt", "plain name.txt")]
    [InlineData("a[1]*?`~'\"$.txt", "a%5B1%5D%2A%3F%60~'\"$.txt")]
    [InlineData("back\\slash", "back%5Cslash")]
    [InlineData("C:", "C%3A")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("\ud83d\ude00 \u00e9", "\ud83d\ude00 \u00e9")]
    [InlineData("\ud83d\udcff", "\ud83d\udcff")]
    [InlineData("100%", "100%")]
    [InlineData("a%20b%41%5c", "a%20b%41%5c")]
    [InlineData("%5C", "%255C")]
    [InlineData("%25", "%2525")]
    [InlineData("%%3A", "%%253A")]
    [InlineData("%\\", "%%5C")]
    public void A_name_has_one_segment(string name, string segment)
    {
        Assert.Equal(segment, PathSegment.Escape(name));
        Assert.Equal(name, PathSegment.Unescape(segment));
    }

    [Fact]
    public void A_byte_that_is_not_valid_is_two_digits()
    {
        // An attribute cannot carry it.
        A_name_has_one_segment("bad\udcff\udc80", "bad%FF%80");
        A_name_has_one_segment("%\udcff0", "%%FF0");
    }

    [Fact]
    public void Any_bytes_come_back_from_a_segment_in_which_nothing_means_more()
    {
        var random = new Random(Seed);
        for (int i = 0; i < 200_000; i++)
        {
            byte[] bytes = new byte[random.Next(1, 12)];
            for (int b = 0; b < bytes.Length; b++) bytes[b] = random.Next(4) == 0 ? (byte)random.Next(1, 256) : Telling[random.Next(Telling.Length)];
            string name = PathText.FromBytes(bytes);
            string segment = PathSegment.Escape(name);
            string because = $"{Convert.ToHexString(bytes)} (seed {Seed})";
            Assert.False(segment.Any(static c => "/\\:*?[]`".Contains(c, StringComparison.Ordinal)), because);
            Assert.True(PathText.ToDisplay(segment) == segment || name.Any(char.IsControl), because);
            Assert.True(bytes.AsSpan().SequenceEqual(PathText.ToBytes(PathSegment.Unescape(segment))), because);
            Assert.True(PathSegment.Escape(PathSegment.Unescape(segment)) == segment, because);
        }
    }

    [Fact]
    public void Any_text_is_a_segment_for_one_name_that_its_own_segment_leads_back_to()
    {
        var random = new Random(Seed);
        for (int i = 0; i < 200_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 10)).Select(_ => "%%%25CFcf38AD0:\\[6B"[random.Next(19)]));
            string name = PathSegment.Unescape(text);
            Assert.True(PathSegment.Unescape(PathSegment.Escape(name)) == name, $"{text} (seed {Seed})");
        }
    }
}
