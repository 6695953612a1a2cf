namespace BackupPS.Engine.Storage.Folder;

/// <summary>Listing and inspecting by .NET's own calls, where names are text anyway: macOS and Windows.</summary>
internal static class PortableFolder
{
    /// <summary>What is in a folder; nothing when it is absent.</summary>
    public static IReadOnlyList<FolderEntry> Read(string path)
    {
        var entries = new List<FolderEntry>();
        foreach (FileSystemInfo item in Items(path))
        {
            if (!ObjectName.IsValidSegment(item.Name)) continue;
            FolderItemKind kind = Inspect(item, out long length);
            if (kind == FolderItemKind.Other) length = StoredObject.NoLength;
            if (kind != FolderItemKind.Absent) entries.Add(new FolderEntry(item.Name, kind == FolderItemKind.Folder, length));
        }

        return entries;
    }

    /// <summary>Names in a folder that begin with <paramref name="beginning"/>; none when it is absent.</summary>
    public static IReadOnlyList<string> ReadNames(string path, string beginning) =>
        [.. Items(path).Select(static item => item.Name).Where(name => name.StartsWith(beginning, StringComparison.Ordinal))];

    /// <summary>What stands at a path, and its length. Links are not followed.</summary>
    public static FolderItemKind Inspect(string path, out long length) => Inspect(new FileInfo(path), out length);

    private static FolderItemKind Inspect(FileSystemInfo item, out long length)
    {
        length = 0;
        // All bits are set when there is no such item.
        FileAttributes attributes = item.Attributes;
        if ((int)attributes == -1) return FolderItemKind.Absent;
        if ((attributes & (FileAttributes.ReparsePoint | FileAttributes.Device)) != 0) return FolderItemKind.Other;
        if ((attributes & FileAttributes.Directory) != 0) return FolderItemKind.Folder;
        try
        {
            length = item is FileInfo file ? file.Length : 0;
            return FolderItemKind.File;
        }
        catch (FileNotFoundException)
        {
            return FolderItemKind.Absent;
        }
    }

    private static IEnumerable<FileSystemInfo> Items(string path)
    {
        // Not those options that skip hidden and system files, which are the default.
        var all = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
        try
        {
            return [.. new DirectoryInfo(path).EnumerateFileSystemInfos("*", all)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
