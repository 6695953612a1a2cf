using System.Diagnostics;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Tests.Sources;

public sealed class PathPatternTests
{
    private static PathPattern Unix(string pattern) => PathPattern.Parse(pattern, ignoreCase: false, windowsPaths: false);

    // A path that ends with / is a folder.
    private static bool Matches(PathPattern pattern, string path) => pattern.Matches(path.Length > 1 ? path.TrimEnd('/') : path, path.EndsWith('/'));

    [Theory]
    // one name, at any depth
    [InlineData("a", "/a", true)]
    [InlineData("a", "/x/y/a", true)]
    [InlineData("a", "/a/b", false)]
    [InlineData("a", "/ba", false)]
    [InlineData("*.tmp", "/x/f.tmp", true)]
    [InlineData("*.tmp", "/x/.tmp", true)]
    [InlineData("*.tmp", "/x.tmp/y", false)]
    [InlineData("*.tmp", "/x.TMP", false)]
    [InlineData("f?o", "/x/foo", true)]
    [InlineData("f?o", "/x/fo", false)]
    [InlineData("f?o", "/f/o", false)]
    [InlineData("*", "/x", true)]
    [InlineData("*", "/", false)]
    // several names, at the end of the path
    [InlineData("a/b", "/x/a/b", true)]
    [InlineData("a/b", "/a/b", true)]
    [InlineData("a/b", "/xa/b", false)]
    [InlineData("a/*/c", "/a/b/c", true)]
    [InlineData("a/*/c", "/a/c", false)]
    [InlineData("a/*/c", "/a/b/b/c", false)]
    // anchored
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/x/a", false)]
    [InlineData("/a/*", "/a/b", true)]
    [InlineData("/a/*", "/a/b/c", false)]
    [InlineData("/a//b", "/a/b", true)]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    // ** between, before and behind
    [InlineData("/a/**/z", "/a/z", true)]
    [InlineData("/a/**/z", "/a/b/c/z", true)]
    [InlineData("/a/**/z", "/a/b/c/y", false)]
    [InlineData("/a/**/b/**/c", "/a/b/x/b/c", true)]
    [InlineData("/a/**/b/c", "/a/b/x/b/c", true)]
    [InlineData("/a/**/b/*/c", "/a/b/b/b/x/c", true)]
    [InlineData("**/*.tmp", "/f.tmp", true)]
    [InlineData("**/*.tmp", "/x/y/f.tmp", true)]
    [InlineData("/a/**", "/a", false)]
    [InlineData("/a/**", "/a/b", true)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("a/**", "/x/a/b", true)]
    [InlineData("a/**", "/x/a", false)]
    [InlineData("/a/**/**", "/a/b", true)]
    [InlineData("**", "/x/y", true)]
    [InlineData("/**", "/", false)]
    [InlineData("/**", "/x", true)]
    [InlineData("/a/**/*", "/a", false)]
    [InlineData("a**b", "/axxb", true)]
    [InlineData("a**b", "/ax/xb", false)]
    // folders only
    [InlineData("a/", "/x/a/", true)]
    [InlineData("a/", "/x/a", false)]
    [InlineData("/a/**/", "/a/b/", true)]
    [InlineData("/a/**/", "/a/b", false)]
    [InlineData("a", "/a/", true)]
    // nothing else has a meaning
    [InlineData("[ab]", "/a", false)]
    [InlineData("[ab]", "/[ab]", true)]
    [InlineData("a\\b", "/a\\b", true)]
    [InlineData("a\\b", "/a/b", false)]
    [InlineData("a\\*", "/a\\x", true)]
    [InlineData("!a", "/!a", true)]
    [InlineData("{a,b}", "/a", false)]
    [InlineData("a.c", "/abc", false)]
    [InlineData("a b", "/a b", true)]
    [InlineData("*b", "/a\nb", true)]
    [InlineData("...", "/...", true)]
    // characters beyond ASCII
    [InlineData("gr?n", "/grün", true)]
    [InlineData("?", "/\U0001F600", true)]
    [InlineData("??", "/\U0001F600", false)]
    [InlineData("*a*b*c*", "/xxaxxbxxcxx", true)]
    [InlineData("*a*b*c", "/abcabcab", false)]
    public void A_path_matches_or_not(string pattern, string path, bool expected) => Assert.Equal(expected, Matches(Unix(pattern), path));

    [Fact]
    public void Bytes_that_are_no_characters_match_like_others()
    {
        // In facts of their own: attributes of the test would not keep lone surrogates.
        Assert.True(Matches(Unix("a?b"), "/a\uDC80b"));
        Assert.True(Matches(Unix("*\uDCFF"), "/x\uDCFF"));
        Assert.False(Matches(Unix("*\uDCFF"), "/x\uDCFE"));
        Assert.False(Matches(Unix("a\uDC80"), "/a\uDC81"));
    }

    [Theory]
    [InlineData(@"C:\a\*.tmp", "C:/a/x.tmp", true)]
    [InlineData("C:/a", "C:/x/a", false)]
    [InlineData("C:/a", "C:/a", true)]
    [InlineData("c:/A", "C:/a", true)]
    [InlineData("C:", "C:/", true)]
    [InlineData(@"a\b", "C:/x/a/b", true)]
    [InlineData("*.TMP", "C:/x/y.tmp", true)]
    [InlineData("Größe?", "C:/GRÖSSE", false)]
    [InlineData("grö?e", "C:/GRÖXE", true)]
    [InlineData(@"\\server\share\*", "//server/share/a", true)]
    [InlineData(@"bin\", "C:/bin/", true)]
    public void Windows_paths_match_without_case_and_with_either_slash(string pattern, string path, bool expected) =>
        Assert.Equal(expected, Matches(PathPattern.Parse(pattern, ignoreCase: true, windowsPaths: true), path));

    [Theory]
    [InlineData("/a/b", "/", true)]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a/b", "/a/b", false)]
    [InlineData("/a/b", "/x", false)]
    [InlineData("/a/*/c", "/a/x", true)]
    [InlineData("/a/*/c", "/a/x/c", false)]
    [InlineData("/a/*/c", "/b/x", false)]
    [InlineData("/a/**/z", "/a/b/c/d", true)]
    [InlineData("/a/**/z", "/b", false)]
    [InlineData("/a/**", "/a", true)]
    [InlineData("/a/**", "/a/b", true)]
    [InlineData("/a/**/b/c", "/a/b", true)]
    [InlineData("*.tmp", "/any/where", true)]
    [InlineData("a/b", "/any/where", true)]
    [InlineData("/", "/", false)]
    [InlineData("/a*/b", "/abc", true)]
    public void A_folder_may_have_matches_below_or_not(string pattern, string folder, bool expected) => Assert.Equal(expected, Unix(pattern).MayMatchBelow(folder));

    [Theory]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a/b/c", true)]
    [InlineData("/a", "/ab", false)]
    [InlineData("b", "/a/b/c/d", true)]
    [InlineData("b/", "/a/b/c", true)]
    [InlineData("b/", "/a/b", false)]
    [InlineData("/", "/a/b", true)]
    [InlineData("/a/**", "/a", false)]
    [InlineData("*.d", "/etc/x.d/y/z", true)]
    [InlineData("*.d", "/etc/x/y/z", false)]
    public void What_is_below_a_match_is_told(string pattern, string path, bool expected) => Assert.Equal(expected, Unix(pattern).MatchesOrIsBelow(path, isFolder: false));

    [Theory]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData("./a")]
    [InlineData("../a")]
    [InlineData("/a/../b")]
    public void Nonsense_is_an_invalid_argument(string pattern)
    {
        var exception = Assert.Throws<BackupException>(() => Unix(pattern));

        Assert.Same(BackupError.InvalidArgument, exception.Error);
        Assert.Equal(pattern, exception.Target);
    }

    [Fact]
    public void Pruning_never_hides_a_match()
    {
        const int Seed = 7;
        var random = new Random(Seed);
        string[] names = ["a", "b", "ab"], parts = ["a", "b", "*", "a*", "?", "**", "**"];
        int matches = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string text = (random.Next(2) == 0 ? "/" : "") + string.Join('/', random.GetItems(parts, random.Next(1, 5)));
            PathPattern pattern = Unix(text);
            string[] path = random.GetItems(names, random.Next(1, 6));
            if (!pattern.Matches("/" + string.Join('/', path), isFolder: false)) continue;
            matches++;
            for (int depth = 0; depth < path.Length; depth++)
            {
                string folder = "/" + string.Join('/', path[..depth]);
                Assert.True(pattern.MayMatchBelow(folder), $"Seed {Seed}: {text} below {folder}, which has /{string.Join('/', path)}");
            }
        }

        Assert.InRange(matches, 1000, 20_000);
    }

    [Fact]
    public void Many_stars_take_no_exponential_time()
    {
        PathPattern names = Unix("/" + string.Concat(Enumerable.Repeat("*a", 60)) + "b");
        PathPattern folders = Unix("/" + string.Concat(Enumerable.Repeat("**/a/", 60)) + "b");
        long start = Stopwatch.GetTimestamp();

        Assert.False(names.Matches("/" + new string('a', 255), isFolder: false));
        Assert.False(folders.Matches(string.Concat(Enumerable.Repeat("/a", 1000)), isFolder: false));
        Assert.True(folders.MayMatchBelow(string.Concat(Enumerable.Repeat("/a", 1000))));
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
    }
}
