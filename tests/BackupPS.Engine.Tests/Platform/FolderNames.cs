using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Platform;

/// <summary>The names in a folder as arrays.</summary>
internal static class FolderNames
{
    public static List<byte[]> Of(IFolder folder)
    {
        var names = new NameList();
        folder.ReadNames(names);
        return [.. Enumerable.Range(0, names.Count).Select(i => names[i].ToArray())];
    }
}
