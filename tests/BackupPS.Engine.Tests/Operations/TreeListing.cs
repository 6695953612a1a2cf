namespace BackupPS.Engine.Tests.Operations;

/// <summary>
/// What is in a folder, said by find, stat, sha256sum and getfattr: kind, mode, owner, size, time to the nanosecond, link target, number of
/// names, which names are one file, content, device numbers and extended attributes.
/// </summary>
internal static class TreeListing
{
    /// <summary>A sorted list; equal lists are equal trees.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withAttributes">Extended attributes too; getfattr reaches no path of more than 4096 bytes.</param>
    public static async Task<IReadOnlyList<string>> OfAsync(string folder, bool withAttributes = true)
    {
        var lines = new List<string>();
        var firstNames = new Dictionary<string, string>(StringComparer.Ordinal);
        string items = await Shell.RunAsync(
            """
            find . -type d -printf '%P\t%y %m %U:%G %T@\0' -o -printf '%P\t%y %m %U:%G %T@ %s %n >%l\t%i\0'
            """, folder);
        foreach (string item in Records(items).Order(StringComparer.Ordinal))
        {
            string[] parts = item.Split('\t');
            bool several = parts.Length > 2 && !parts[^2].Contains(" 1 >", StringComparison.Ordinal);
            string name = string.Join('\t', parts.Length > 2 ? parts[..^2] : parts[..^1]);
            string line = parts.Length > 2 ? $"{name}\t{parts[^2]}" : item;
            if (several && !firstNames.TryAdd(parts[^1], name)) line += $" = {firstNames[parts[^1]]}";
            lines.Add(line);
        }

        // -execdir reaches what lies deeper than a path can be long.
        lines.AddRange(Records(await Shell.RunAsync(@"find . -type f -printf '%P ' -execdir sha256sum -z -- '{}' ';' | tr '\0' '\n' | tr '\n' '\0'", folder)).Order(StringComparer.Ordinal).Select(static l => "content " + l));
        lines.AddRange(Records(await Shell.RunAsync(@"find . \( -type b -o -type c \) -execdir stat --printf '%t:%T %n\0' -- '{}' ';'", folder)).Order(StringComparer.Ordinal).Select(static l => "device " + l));
        if (withAttributes)
        {
            string attributes = await Shell.RunAsync("getfattr -R -h -d -m - -e hex -- . 2>&1", folder);
            lines.AddRange(attributes.Split("\n\n").Select(static p => "attributes " + string.Join(' ', p.Split('\n').Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal));
        }

        return lines;
    }

    /// <summary>Asserts that two folders are the same, by these lists and by rsync.</summary>
    public static async Task AssertSameAsync(string expected, string actual, bool longPaths = false)
    {
        IReadOnlyList<string> before = await OfAsync(expected, !longPaths), after = await OfAsync(actual, !longPaths);
        Assert.Equal("", string.Join('\n', [.. before.Except(after).Select(static l => "- " + l), .. after.Except(before).Select(static l => "+ " + l)]));
        Assert.Equal(before.Count, after.Count);
        if (!longPaths) Assert.Equal("", await Shell.RunAsync($"rsync -nacHAXi --delete -- '{expected}/' '{actual}/'", expected));
    }

    private static string[] Records(string text) => text.Split('\0', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A test that makes trees with attributes and access lists, or compares them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TreeFactAttribute() : ToolFactAttribute("rsync", "getfattr", "setfattr", "setfacl");

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TreeTheoryAttribute() : ToolTheoryAttribute("rsync", "getfattr", "setfattr", "setfacl");
