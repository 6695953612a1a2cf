using System.Text;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Changes to a tree of text files: 2 % of the files edited, 0.5 % removed, 0.5 % new, one folder moved.</summary>
internal sealed class ChangeSet
{
    private readonly SeededRandom random;

    private ChangeSet(SeededRandom random) => this.random = random;

    /// <summary>Files to edit, relative to the tree.</summary>
    public required IReadOnlyList<string> Edited { get; init; }

    /// <summary>Files to remove.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>Files to add, each with an existing one whose lines it is made from.</summary>
    public required IReadOnlyList<(string Path, string Model)> Added { get; init; }

    /// <summary>The folder that moves, and where to; none in a tree without folders.</summary>
    public required (string From, string To)? Moved { get; init; }

    /// <summary>Draws the changes for a tree, which is only read.</summary>
    public static ChangeSet Plan(string root, SeededRandom random)
    {
        string[] files = [.. TreeWalk.Files(root).Select(f => Path.GetRelativePath(root, f))];
        if (files.Length < 200) throw new BenchmarkException($"A tree of {files.Length} files is too small for a change set.");
        string[] folders = [.. files.GroupBy(static f => Path.GetDirectoryName(f)!, StringComparer.Ordinal)
            .Where(g => g.Key.Length > 0 && g.Count() >= files.Length / 1000 && g.Count() <= files.Length / 20)
            .Select(static g => g.Key)
            .Order(StringComparer.Ordinal)];

        for (int i = 0; i < files.Length; i++)
        {
            int other = i + random.Below(files.Length - i);
            (files[i], files[other]) = (files[other], files[i]);
        }

        int fiftieth = files.Length / 50, twoHundredth = files.Length / 200;
        string? moved = folders.Length == 0 ? null : folders[random.Below(folders.Length)];
        return new ChangeSet(random)
        {
            Edited = [.. files.Take(fiftieth)],
            Removed = [.. files.Skip(fiftieth).Take(twoHundredth)],
            Added = [.. files.Skip(fiftieth + twoHundredth).Take(twoHundredth).Select(static f => (f + ".added", f))],
            Moved = moved is null ? null : (moved, moved + "-moved"),
        };
    }

    /// <summary>Makes the changes in place.</summary>
    public void Apply(string root)
    {
        foreach (string file in Edited) File.WriteAllBytes(Path.Combine(root, file), Edit(File.ReadAllBytes(Path.Combine(root, file))));
        foreach ((string path, string model) in Added) File.WriteAllBytes(Path.Combine(root, path), Derive(File.ReadAllBytes(Path.Combine(root, model))));
        foreach (string file in Removed) File.Delete(Path.Combine(root, file));
        if (Moved is var (from, to)) Directory.Move(Path.Combine(root, from), Path.Combine(root, to));
    }

    /// <summary>A file with one line inserted and another one changed.</summary>
    public byte[] Edit(byte[] content)
    {
        List<byte[]> lines = Lines(content);
        lines.Insert(random.Below(lines.Count + 1), Encoding.ASCII.GetBytes($"/* inserted: {random.Next():x16} */\n"));
        lines[random.Below(lines.Count)] = Encoding.ASCII.GetBytes($"/* changed: {random.Next():x16} */\n");
        return Join(lines);
    }

    /// <summary>A file of the same kind that never was: lines of another one in a new order, some of them new.</summary>
    public byte[] Derive(byte[] model)
    {
        List<byte[]> lines = Lines(model);
        for (int i = 0; i < lines.Count; i++)
        {
            int other = i + random.Below(lines.Count - i);
            (lines[i], lines[other]) = (lines[other], lines[i]);
            if (random.Below(8) == 0) lines[i] = Encoding.ASCII.GetBytes($"\treturn value_{random.Next():x16};\n");
        }

        return Join(lines);
    }

    private static List<byte[]> Lines(byte[] content)
    {
        var lines = new List<byte[]>();
        for (int start = 0; start < content.Length;)
        {
            int end = Array.IndexOf(content, (byte)'\n', start);
            end = end < 0 ? content.Length : end + 1;
            lines.Add(content[start..end]);
            start = end;
        }

        return lines;
    }

    private static byte[] Join(List<byte[]> lines) => [.. lines.SelectMany(static line => line)];
}
