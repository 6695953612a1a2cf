using System.Globalization;
using System.Security.Cryptography;

namespace BackupPS.Soak;

/// <summary>A tree of files that changes, and what it is at a moment.</summary>
internal sealed class SourceTree(string root, Random random)
{
    // Large enough that a backup has some tenths of a second in which it can be killed, and small enough that dozens of restores take seconds.
    private const int LargeLength = 6 * 1024 * 1024, SmallFiles = 120, LongestSmall = 24 * 1024;

    /// <summary>Makes the tree where there is none, and changes it as people do between two backups.</summary>
    public void Change()
    {
        Directory.CreateDirectory(root);
        string large = Path.Join(root, "large");
        if (!File.Exists(large) || new FileInfo(large).Length != LargeLength) File.WriteAllBytes(large, Bytes(LargeLength));
        using (FileStream file = File.OpenWrite(large))
        {
            for (int i = 0; i < 2; i++)
            {
                file.Position = random.Next(LargeLength - 4096);
                file.Write(Bytes(4096));
            }
        }

        int changes = Directory.GetFiles(root, "*", SearchOption.AllDirectories).Length < SmallFiles / 2 ? SmallFiles : random.Next(1, 20);
        for (int i = 0; i < changes; i++) ChangeOne();
    }

    /// <summary>A line for each item, with everything that a restore must bring back; equal lines are equal trees.</summary>
    public static IReadOnlyList<string> Describe(string root)
    {
        var lines = new List<string>();
        foreach (FileSystemInfo item in new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            string name = Path.GetRelativePath(root, item.FullName);
            string metadata = item.LinkTarget is { } target ? $"-> {target}"
                : string.Create(CultureInfo.InvariantCulture, $"{(OperatingSystem.IsWindows() ? 0 : (int)item.UnixFileMode)} {item.LastWriteTimeUtc.Ticks}");
            string content = item is FileInfo { LinkTarget: null } ? " " + Hash(item.FullName) : "";
            lines.Add($"{name}\t{metadata}{content}");
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private void ChangeOne()
    {
        string folder = Path.Join(root, $"d{random.Next(6)}", $"e{random.Next(4)}");
        Directory.CreateDirectory(folder);
        string path = Path.Join(folder, $"f{random.Next(8)}");
        bool there = File.Exists(path);
        switch (random.Next(10))
        {
            case 0 when there:
                File.Delete(path);
                break;
            case 1 when there:
                File.Move(path, path + "-moved", overwrite: true);
                break;
            case 2 when there:
                File.AppendAllText(path, $"more {random.Next()}");
                break;
            case 3 when there && !OperatingSystem.IsWindows():
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (random.Next(2) == 0 ? UnixFileMode.GroupRead : UnixFileMode.None));
                break;
            case 4:
                string link = Path.Join(folder, $"link{random.Next(3)}");
                if (new FileInfo(link).LinkTarget is not null) File.Delete(link);
                if (!File.Exists(link)) File.CreateSymbolicLink(link, $"f{random.Next(8)}");
                break;
            case 5 when there:
                // The same length, so that only its time tells.
                byte[] same = File.ReadAllBytes(path);
                if (same.Length > 0) same[random.Next(same.Length)] ^= 1;
                File.WriteAllBytes(path, same);
                break;
            default:
                File.WriteAllBytes(path, Bytes(random.Next(LongestSmall)));
                break;
        }
    }

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
