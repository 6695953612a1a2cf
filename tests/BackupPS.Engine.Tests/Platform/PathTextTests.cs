namespace BackupPS.Engine.Tests.Platform;

/// <summary>What a terminal gets to see of names.</summary>
public sealed class PathTextTests
{
    [Theory]
    [InlineData("/srv/é/💾", "/srv/é/💾")]
    [InlineData("a\u001b[31mb\nc\u007f", @"a\x1b[31mb\x0ac\x7f")]
    [InlineData("a\u009b2Jb\u0080", @"a\u009b2Jb\u0080")]
    public void A_name_is_shown_with_nothing_in_it_that_a_terminal_obeys(string name, string shown) => Assert.Equal(shown, PathText.ToDisplay(name));

    // Not as inline data: an attribute is UTF-8, which has no lone surrogates.
    [Fact]
    public void A_byte_that_is_no_UTF8_is_shown_by_its_number() => Assert.Equal(@"/srv/\xff\x80x", PathText.ToDisplay("/srv/\udcff\udc80x"));
}
