using System.Security.Cryptography;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

/// <summary>What a folder holds, item by item: kind, mode, owner, time, content, attributes, and which names are one file. Made some thousand times in a test, so without starting tools.</summary>
internal static class TargetImage
{
    /// <summary>One line for each item, by its path; equal images are equal trees.</summary>
    public static SortedDictionary<string, string> Of(string path)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var firstNames = new Dictionary<(ulong, ulong), string>();
        using IFolder folder = PlatformFileSystem.Create().OpenFolder(path);
        lines["."] = Describe(folder.GetInfo(), folder.ReadAttributes());
        Add(lines, firstNames, folder, "");
        return lines;
    }

    /// <summary>The differences of two images, line by line; empty: there are none.</summary>
    public static string Differences(SortedDictionary<string, string> expected, SortedDictionary<string, string> actual)
    {
        IEnumerable<string> lost = expected.Where(e => !actual.TryGetValue(e.Key, out string? there) || there != e.Value).Select(static e => $"- {e.Key}: {e.Value}");
        IEnumerable<string> found = actual.Where(e => !expected.TryGetValue(e.Key, out string? there) || there != e.Value).Select(static e => $"+ {e.Key}: {e.Value}");
        return string.Join('\n', lost.Concat(found));
    }

    private static void Add(SortedDictionary<string, string> lines, Dictionary<(ulong, ulong), string> firstNames, IFolder folder, string prefix)
    {
        foreach (byte[] name in Platform.FolderNames.Of(folder).OrderBy(static n => PathText.FromBytes(n), StringComparer.Ordinal))
        {
            ItemInfo info = folder.GetInfo(name);
            string path = prefix + PathText.FromBytes(name);
            string line = Describe(info, folder.ReadAttributes(name, info.Kind));
            if (info.Kind == ItemKind.File) line += $" {info.Size} {HashOf(folder, name)}";
            if (info.Kind == ItemKind.SymbolicLink) line += " -> " + PathText.FromBytes(folder.ReadLink(name));
            if (info.Kind is ItemKind.CharacterDevice or ItemKind.BlockDevice) line += $" {info.NodeMajor}:{info.NodeMinor}";
            if (info.Kind != ItemKind.Directory && info.LinkCount > 1)
            {
                string first = firstNames.TryGetValue((info.Device, info.Inode), out string? known) ? known : firstNames[(info.Device, info.Inode)] = path;
                line += $" {info.LinkCount} names = {first}";
            }

            lines[path] = line;
            if (info.Kind != ItemKind.Directory) continue;
            using IFolder below = folder.OpenFolder(name);
            Add(lines, firstNames, below, path + "/");
        }
    }

    private static string Describe(in ItemInfo info, IReadOnlyList<ExtendedAttribute> attributes) =>
        $"{info.Kind} {Convert.ToString(info.Mode, 8)} {info.UserId}:{info.GroupId} {info.Modified.Seconds}.{info.Modified.Nanoseconds:d9}{string.Concat(attributes.Select(static a => $" [{PathText.FromBytes(a.Name)}={Convert.ToHexString(a.Value)}]"))}";

    private static string HashOf(IFolder folder, byte[] name)
    {
        using IReadableFile file = folder.OpenFile(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[64 * 1024];
        long position = 0;
        for (int read; (read = file.Read(buffer, position)) > 0; position += read) hash.AppendData(buffer, 0, read);
        return Convert.ToHexString(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
