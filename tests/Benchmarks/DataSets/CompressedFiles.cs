using System.Globalization;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 5: what does not shrink: archives, and noise in the place of pictures and films.</summary>
internal sealed class CompressedFiles : IDataSet
{
    public string Name => DataSetNames.Compressed;

    public string Title => "5: already compressed files";

    public bool Changes => false;

    public bool HasHoles => false;

    public void Make(string folder, DataOrigin origin)
    {
        if (origin.Scale == 1) File.Copy(origin.Linux.Archive, Path.Combine(folder, Path.GetFileName(origin.Linux.Archive)));
        string archives = Path.Combine(folder, "archives");
        Directory.CreateDirectory(archives);
        string[] parts = [.. Directory.GetDirectories(origin.Linux.Tree).Select(static d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];
        foreach (string part in parts.Take((int)Math.Max(1, parts.Length * origin.Scale)))
        {
            // Names and times in the archive are those of the package, so that everybody's is the same.
            string tar = Path.Combine(archives, part + ".tar");
            ProcessRunner.Run(new Launch("tar", "-C", origin.Linux.Tree, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar", "-cf", tar, part));
            ProcessRunner.Run(new Launch("gzip", "-n", "-6", tar));
        }

        SeededRandom random = origin.Random(5);
        WriteNoise(Path.Combine(folder, "pictures"), ".jpg", origin.Scaled(300_000_000), 100_000, 6_000_000, random);
        WriteNoise(Path.Combine(folder, "films"), ".mp4", origin.Scaled(400_000_000), 40_000_000, 80_000_000, random);
    }

    public void Change(string folder, DataOrigin origin) => throw new NotSupportedException("This data set does not change.");

    private static void WriteNoise(string folder, string ending, long total, int shortest, int longest, SeededRandom random)
    {
        Directory.CreateDirectory(folder);
        byte[] buffer = new byte[longest];
        for (int number = 0; total > 0; number++)
        {
            int length = (int)Math.Min(total, shortest + random.Below(longest - shortest));
            random.Fill(buffer.AsSpan(0, length));
            using FileStream file = File.Create(Path.Combine(folder, number.ToString("d5", CultureInfo.InvariantCulture) + ending));
            file.Write(buffer, 0, length);
            total -= length;
        }
    }
}
