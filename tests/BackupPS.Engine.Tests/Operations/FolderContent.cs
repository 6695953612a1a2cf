using System.Security.Cryptography;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>What is in a folder, by .NET's own calls: fast enough for thousands of comparisons.</summary>
internal static class FolderContent
{
    /// <summary>Each file with the hash of its content, each link with its target, each folder with a slash.</summary>
    /// <param name="folder">The folder; one that is not there is empty.</param>
    /// <param name="isWanted">Which files and links, by their full paths; default: all.</param>
    public static SortedDictionary<string, string> Of(string folder, Func<string, bool>? isWanted = null)
    {
        var content = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!Directory.Exists(folder)) return content;
        foreach (FileSystemInfo item in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            string name = Path.GetRelativePath(folder, item.FullName);
            bool link = item.LinkTarget is not null;
            if (!link && item is DirectoryInfo) content.Add(name + "/", "");
            else if (!(isWanted?.Invoke(item.FullName) ?? true)) continue;
            else if (link) content.Add(name, "-> " + item.LinkTarget);
            else content.Add(name, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(item.FullName))));
        }

        return content;
    }

    /// <summary>As text, so that a difference is seen.</summary>
    public static string Text(SortedDictionary<string, string> content) => string.Join('\n', content.Select(static c => $"{c.Key} {c.Value}"));
}
