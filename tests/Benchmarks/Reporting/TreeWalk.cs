using System.IO.Enumeration;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>Walks folders without following links, which .NET's own search does.</summary>
internal static class TreeWalk
{
    /// <summary>Regular files, with whole paths, in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string root) => [.. Items(root).Where(static i => !i.IsFolder && !i.IsLink).Select(static i => i.Path).Order(StringComparer.Ordinal)];

    /// <summary>Every item below a folder, in no order.</summary>
    public static IEnumerable<(string Path, bool IsFolder, bool IsLink, long Length)> Items(string root) =>
        new FileSystemEnumerable<(string, bool, bool, long)>(root, Describe, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => !IsLink(ref entry),
        };

    private static (string Path, bool IsFolder, bool IsLink, long Length) Describe(ref FileSystemEntry entry)
    {
        bool link = IsLink(ref entry);
        return (entry.ToFullPath(), entry.IsDirectory && !link, link, link || entry.IsDirectory ? 0 : entry.Length);
    }

    private static bool IsLink(ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
