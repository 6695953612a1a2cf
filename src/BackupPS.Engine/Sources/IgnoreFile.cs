using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Sources;

/// <summary>The rules of one <c>.backupignore</c>, and those of the folders above it.</summary>
internal sealed class IgnoreFile
{
    /// <summary>Name of ignore files.</summary>
    public const string Name = ".backupignore";

    // Far more than anybody writes: beyond it the file is something else.
    private const int MostBytes = 1024 * 1024;

    private readonly IReadOnlyList<IgnoreRule> _rules;
    private readonly int _prefixLength;
    private readonly IgnoreFile? _outer;

    private IgnoreFile(string folderPath, IReadOnlyList<IgnoreRule> rules, IgnoreFile? outer)
    {
        _prefixLength = folderPath.TrimEnd('/').Length + 1;
        _rules = rules;
        _outer = outer;
    }

    /// <summary>Reads the rules of a folder.</summary>
    /// <exception cref="PlatformException">The file cannot be read, or is too large to be one.</exception>
    public static IgnoreFile Read(string folderPath, IFolder folder, bool ignoreCase, IgnoreFile? outer)
    {
        using IReadableFile file = folder.OpenFile(PathText.ToBytes(Name));
        var content = new byte[Math.Min(file.GetInfo().Size, MostBytes) + 1];
        int length = 0;
        for (int count; length < content.Length && (count = file.Read(content.AsSpan(length), length)) > 0;) length += count;
        if (length > MostBytes) throw new PlatformException(PlatformFailure.Other, $"It is larger than {MostBytes} bytes, which no ignore file is.");
        return Parse(folderPath, content.AsSpan(0, length), ignoreCase, outer);
    }

    /// <summary>The rules of a text: UTF-8, lines ending with LF or CR LF.</summary>
    public static IgnoreFile Parse(string folderPath, ReadOnlySpan<byte> content, bool ignoreCase, IgnoreFile? outer)
    {
        if (content.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) content = content[3..]; // byte order mark
        var rules = new List<IgnoreRule>();
        foreach (Range range in content.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = content[range];
            if (line.EndsWith("\r"u8)) line = line[..^1];
            if (IgnoreRule.Parse(PathText.FromBytes(line), ignoreCase) is { } rule) rules.Add(rule);
        }

        return new IgnoreFile(folderPath, rules, outer);
    }

    /// <summary>Whether an item below the folder is ignored: the innermost file with a rule that matches decides, and in it the last such rule.</summary>
    public bool Ignores(string path, bool isFolder)
    {
        for (IgnoreFile? file = this; file is not null; file = file._outer)
        {
            ReadOnlySpan<char> relative = path.AsSpan(file._prefixLength);
            for (int i = file._rules.Count - 1; i >= 0; i--)
            {
                if (file._rules[i].Matches(relative, isFolder)) return !file._rules[i].Negated;
            }
        }

        return false;
    }
}
