using System.Globalization;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 6: tiny files, 100 to a folder; a million of them, or 80 thousand to compare the cost of each with.</summary>
/// <param name="name">As options name it.</param>
/// <param name="title">For the table.</param>
/// <param name="folders">How many folders.</param>
internal sealed class TinyFiles(string name, string title, int folders) : IDataSet
{
    private const int FilesInFolder = 100, FoldersInFolder = 100, LongestFile = 2048;

    public string Name => name;

    public string Title => title;

    public bool Changes => false;

    public bool HasHoles => false;

    public void Make(string folder, DataOrigin origin)
    {
        SeededRandom random = origin.Random(6);
        var text = new SeededText(random);
        byte[] buffer = new byte[LongestFile];
        for (int i = 0; i < origin.Scaled(folders); i++)
        {
            string inner = Path.Combine(folder, (i / FoldersInFolder).ToString("d3", CultureInfo.InvariantCulture), (i % FoldersInFolder).ToString("d2", CultureInfo.InvariantCulture));
            Directory.CreateDirectory(inner);
            for (int f = 0; f < FilesInFolder; f++)
            {
                int length = random.Below(LongestFile + 1);
                text.Fill(buffer.AsSpan(0, length));
                using var file = File.OpenHandle(Path.Combine(inner, f.ToString("d2", CultureInfo.InvariantCulture) + ".txt"), FileMode.CreateNew, FileAccess.Write);
                RandomAccess.Write(file, buffer.AsSpan(0, length), 0);
            }
        }
    }

    public void Change(string folder, DataOrigin origin) => throw new NotSupportedException("This data set does not change.");
}
