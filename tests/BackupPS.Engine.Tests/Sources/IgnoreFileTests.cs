using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;
using BackupPS.Engine.Sources;
using BackupPS.Engine.Tests.Platform;

namespace BackupPS.Engine.Tests.Sources;

public sealed class IgnoreFileTests
{
    /// <summary>Rules of ignore files (folder, content, folder, content, ...), a path (a folder where it ends with /), and whether git ignores it.</summary>
    public static TheoryData<string[], string, bool> Cases => new()
    {
        // any depth, anchored, folders only
        { ["", "x"], "x", true },
        { ["", "x"], "d/x", true },
        { ["", "x"], "d/x/", true },
        { ["", "x"], "xx", false },
        { ["", "/x"], "x", true },
        { ["", "/x"], "d/x", false },
        { ["", "d/x"], "d/x", true },
        { ["", "d/x"], "e/d/x", false },
        { ["", "x/"], "x", false },
        { ["", "x/"], "d/x/", true },
        { ["", "x/"], "d/x/y", true },
        { ["", "d/x/"], "e/d/x/", false },
        // stars
        { ["", "*.o"], "d/f.o", true },
        { ["", "*.o"], "f.op", false },
        { ["", "d/*.o"], "d/e/f.o", false },
        { ["", "a?c"], "abc", true },
        { ["", "a/**"], "a/x", true },
        { ["", "a/**"], "a/", false },
        { ["", "a/**"], "a/x/y", true },
        { ["", "**/x"], "x", true },
        { ["", "**/x"], "d/e/x", true },
        { ["", "a/**/b"], "a/b", true },
        { ["", "a/**/b"], "a/x/y/b", true },
        { ["", "a**b"], "axxb", true },
        { ["", "a**b/c"], "ax/yb/c", false },
        { ["", "**"], "d/x", true },
        { ["", "***/x"], "d/e/x", true },
        // brackets
        { ["", "[ab]x"], "bx", true },
        { ["", "[a-c]x"], "dx", false },
        { ["", "[!a]"], "b", true },
        { ["", "[^a]"], "a", false },
        { ["", "[]a]"], "]", true },
        { ["", "[a-]"], "-", true },
        { ["", "[[:digit:]]x"], "5x", true },
        { ["", "[[:digit:]]x"], "ax", false },
        { ["", "[[:nonsense:]]"], "n", false },
        { ["", "[a"], "[a", false },
        { ["", "[\\]]"], "]", true },
        { ["", "a[/]b"], "a/b", false },
        { ["", "a[/x]b"], "axb", true },
        // backslash
        { ["", "\\#x"], "#x", true },
        { ["", "#x"], "#x", false },
        { ["", "\\!x"], "!x", true },
        { ["", "a\\*"], "a*", true },
        { ["", "a\\*"], "ab", false },
        { ["", "a\\\\b"], "a\\b", true },
        { ["", "a\\b"], "a\\b", false },
        { ["", "a\\b"], "ab", true },
        { ["", "b"], "a\\b", false },
        { ["", "a*b"], "a\\b", true },
        { ["", "x\\"], "x\\", false },
        { ["", "a\\/b"], "a/b", true },
        // spaces and ends of lines
        { ["", "x  "], "x", true },
        { ["", "x\\ "], "x ", true },
        { ["", "x\\ "], "x", false },
        { ["", " x"], " x", true },
        { ["", "x\r\ny\r\n"], "x", true },
        { ["", "a\n\n#c\n  \nx"], "x", true },
        { ["", "\uFEFFx"], "x", true },
        // order and negation
        { ["", "*.log\n!keep.log"], "keep.log", false },
        { ["", "!keep.log\n*.log"], "keep.log", true },
        { ["", "*\n!*/\n!*.c"], "d/f.c", false },
        { ["", "*\n!*/\n!*.c"], "d/f.h", true },
        { ["", "d/\n!d/x"], "d/x", true },
        { ["", "d/*\n!d/x"], "d/x", false },
        // nested files: the inner one decides where it has a match
        { ["", "*.log", "d", "!keep.log"], "d/keep.log", false },
        { ["", "*.log", "d", "!keep.log"], "e/keep.log", true },
        { ["", "*.log", "d", "!keep.log"], "d/other.log", true },
        { ["", "!x", "d", "x"], "d/x", true },
        { ["", "!x", "d", "x"], "d/e/x", true },
        { ["", "", "d", "/x"], "d/x", true },
        { ["", "", "d", "/x"], "d/e/x", false },
        { ["", "", "d", "e/x"], "d/e/x", true },
        { ["", "", "d", "d/x"], "d/x", false },
        { ["", "x", "d", "y", "d/e", "!x"], "d/e/x", false },
        // case
        { ["", "X"], "x", false },
    };

    private static readonly byte[] IgnoreName = Encoding.ASCII.GetBytes(IgnoreFile.Name);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rules_are_those_of_gitignore(string[] files, string path, bool ignored)
    {
        ArgumentNullException.ThrowIfNull(files);
        Assert.Equal(ignored, IsIgnored(files, path));
    }

    // As a walk does it: an ignored folder is not entered, so that nothing in it can be taken back.
    private static bool IsIgnored(string[] files, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] names = path.TrimEnd('/').Split('/');
        IgnoreFile? scope = null;
        string folder = "";
        for (int i = 0; i < names.Length; i++)
        {
            for (int f = 0; f < files.Length; f += 2)
            {
                if (files[f] == folder) scope = IgnoreFile.Parse("/r/" + folder, Encoding.UTF8.GetBytes(files[f + 1]), ignoreCase: false, scope);
            }

            string item = folder.Length == 0 ? names[i] : $"{folder}/{names[i]}";
            if (scope is not null && scope.Ignores("/r/" + item, i < names.Length - 1 || path.EndsWith('/'))) return true;
            folder = item;
        }

        return false;
    }

    [ToolFact("git")]
    public void Git_agrees_with_every_case()
    {
        using var temporary = new TemporaryFolder();
        RunGit(temporary.Path, "", "init", "-q");
        var expected = new List<(string Path, bool Ignored)>();
        int number = 0;
        foreach (object[] row in Cases)
        {
            // A folder for each: its .gitignore files count as nested ones.
            string root = $"c{number++}";
            var files = (string[])row[0];
            for (int f = 0; f < files.Length; f += 2) Write(temporary[$"{root}/{files[f]}/.gitignore"], files[f + 1]);
            Make(temporary[$"{root}/{(string)row[1]}"]);
            expected.Add(($"{root}/{(string)row[1]}".TrimEnd('/'), (bool)row[2]));
        }

        HashSet<string> ignored = CheckIgnore(temporary.Path, expected.Select(e => e.Path));
        Assert.Equal([], expected.Where(e => ignored.Contains(e.Path) != e.Ignored));
    }

    [ToolFact("git")]
    public void Git_agrees_with_random_rules()
    {
        const int Seed = 20261121;
        var random = new Random(Seed);
        string[] parts = ["a", "b", "ab", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[a-", "]", "\\a", "\\/", "!", " ", "[]", "[[:alpha:]]", "#", "-"];
        string[] paths = ["a/", "b/", "ab/", "a/b/", "b/a/", "ab/ab/", "a/a", "b/b", "ab/a", "ab/ab/ab", "a/ab", "a/b/a", "]", "-", "[a-b", "a b", "!a", "#", "aab", "\\a", "ba"];
        using var temporary = new TemporaryFolder();
        RunGit(temporary.Path, "", "init", "-q");
        var expected = new List<(string Path, string Rules, bool Ignored)>();
        for (int i = 0; i < 100; i++)
        {
            string rules = string.Join('\n', Enumerable.Range(0, random.Next(1, 4)).Select(_ => NextRule(random, parts)));
            Write(temporary[$"c{i}/.gitignore"], rules);
            foreach (string path in paths)
            {
                Make(temporary[$"c{i}/{path}"]);
                expected.Add(($"c{i}/{path.TrimEnd('/')}", rules, IsIgnored(["", rules], path)));
            }
        }

        HashSet<string> ignored = CheckIgnore(temporary.Path, expected.Select(e => e.Path));
        Assert.True(ignored.Count > 200, $"Seed {Seed}: the rules ignore only {ignored.Count} items.");
        string[] wrong = [.. expected.Where(e => ignored.Contains(e.Path) != e.Ignored).Select(e => $"{e.Path}: {e.Rules.Replace("\n", " | ", StringComparison.Ordinal)}: {e.Ignored}")];
        Assert.True(wrong.Length == 0, $"Seed {Seed}\n{string.Join('\n', wrong.Take(20))}");
    }

    // Stars behind a name, and ** before an escaped slash, are accidents of git's matcher that its manual does not promise.
    private static string NextRule(Random random, string[] parts)
    {
        while (true)
        {
            string rule = string.Concat(random.GetItems(parts, random.Next(1, 6)));
            if (!Regex.IsMatch(rule, @"[^/!*]\*\*|\*\*\\/")) return rule;
        }
    }

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static void Make(string path)
    {
        if (path.EndsWith('/')) Directory.CreateDirectory(path);
        else Write(path, "");
    }

    private static HashSet<string> CheckIgnore(string folder, IEnumerable<string> paths) =>
        [.. RunGit(folder, string.Join('\0', paths) + "\0", "check-ignore", "--no-index", "-z", "--stdin").Split('\0')];

    private static string RunGit(string folder, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_CONFIG_SYSTEM"] = "/dev/null";
        using Process git = Process.Start(start)!;
        Task<string> output = git.StandardOutput.ReadToEndAsync();
        git.StandardInput.Write(input);
        git.StandardInput.Close();
        git.WaitForExit();
        Assert.InRange(git.ExitCode, 0, 1);
        return output.GetAwaiter().GetResult();
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_names_like_others()
    {
        IgnoreFile file = IgnoreFile.Parse("/r", [(byte)'*', 0xFF, (byte)'\n', (byte)'?', 0x80], ignoreCase: false, outer: null);

        Assert.True(file.Ignores("/r/a\uDCFF", isFolder: false));
        Assert.True(file.Ignores("/r/\uDC90\uDC80", isFolder: false));
        Assert.False(file.Ignores("/r/a\uDCFE", isFolder: false));
    }

    [Fact]
    public void Case_is_ignored_where_the_file_system_does()
    {
        IgnoreFile file = IgnoreFile.Parse("/r", "BIN\n[a-c]X"u8, ignoreCase: true, outer: null);

        Assert.True(file.Ignores("/r/bin", isFolder: true));
        Assert.True(file.Ignores("/r/Bx", isFolder: true));
    }

    [Fact]
    public void The_root_folder_may_have_rules()
    {
        IgnoreFile file = IgnoreFile.Parse("/", "/proc\nx"u8, ignoreCase: false, outer: null);

        Assert.True(file.Ignores("/proc", isFolder: true));
        Assert.True(file.Ignores("/a/x", isFolder: false));
        Assert.False(file.Ignores("/a/proc", isFolder: false));
    }

    [Fact]
    public void A_file_too_large_to_be_one_is_refused()
    {
        using var temporary = new TemporaryFolder();
        using IFolder folder = new LinuxFileSystem().OpenFolder(temporary.Path);
        File.WriteAllText(temporary[IgnoreFile.Name], string.Concat(Enumerable.Repeat("some-name\n", 104_857)));
        IgnoreFile read = IgnoreFile.Read(temporary.Path, folder, ignoreCase: false, outer: null);
        Assert.True(read.Ignores(temporary["some-name"], isFolder: false));
        File.AppendAllText(temporary[IgnoreFile.Name], "1234567");

        Assert.Throws<PlatformException>(() => IgnoreFile.Read(temporary.Path, folder, ignoreCase: false, outer: null));
        Assert.True(folder.TryGetInfo(IgnoreName, out _));
    }
}
