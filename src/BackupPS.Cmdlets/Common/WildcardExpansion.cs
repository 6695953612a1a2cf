using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>
/// Expands wildcards in an absolute path, with PowerShell's patterns and its rules: case does not count, and what is hidden needs a
/// pattern that begins with a dot.
/// </summary>
/// <remarks>
/// PowerShell's own expansion takes a backslash in a Unix name for a separator, and drops names that are not valid UTF-8 without a word.
/// </remarks>
internal static class WildcardExpansion
{
    private const FileAttributes Missing = (FileAttributes)(-1);

    /// <summary>What matches, in ordinal order. A name that .NET cannot carry comes with U+FFFD in it.</summary>
    internal static IReadOnlyList<string> Expand(string pattern)
    {
        string root = Path.GetPathRoot(pattern)!;
        List<string> found = [root];
        foreach (string segment in pattern[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            found = [.. found.SelectMany(folder => Step(folder, segment))];
        }

        return found;
    }

    private static IEnumerable<string> Step(string folder, string segment)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(segment))
        {
            string exact = Path.Combine(folder, WildcardPattern.Unescape(segment));
            return PathResolver.Exists(exact) ? [exact] : [];
        }

        WildcardPattern pattern = NamePattern.Of(segment);
        try
        {
            return
            [
                .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
                    .Where(item => pattern.IsMatch(item.Name) && (segment[0] == '.' || !IsHidden(item)))
                    .Select(static item => item.FullName)
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file where a folder would be, or a folder that may not be listed: no match, which the caller tells.
            return [];
        }
    }

    // Attributes of a name that .NET cannot carry read as "missing", which has every bit set.
    private static bool IsHidden(FileSystemInfo item) => item.Attributes is var attributes && attributes != Missing && attributes.HasFlag(FileAttributes.Hidden);
}
