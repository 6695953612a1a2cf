using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 7: one file of 20 GB, half of it holes.</summary>
internal sealed class SparseFile : IDataSet
{
    private const int Block = 1024 * 1024;

    public string Name => DataSetNames.Sparse;

    public string Title => "7: one file of 20 GB, half of it holes";

    public bool Changes => false;

    public bool HasHoles => true;

    public void Make(string folder, DataOrigin origin)
    {
        // Runs of data and of holes by turns, each pair of the same length, so that the halves are exact. One block of data in eight is noise.
        long size = origin.Scaled(20_000) * Block;
        SeededRandom random = origin.Random(7);
        var text = new SeededText(random);
        byte[] buffer = new byte[Block];
        using FileStream file = File.Create(Path.Combine(folder, "disk.raw"), Block);
        file.SetLength(size);
        for (long offset = 0; offset < size;)
        {
            int blocks = 1 + random.Below(64);
            file.Position = offset;
            for (int i = 0; i < blocks && file.Position < size; i++)
            {
                if (random.Below(8) == 0) random.Fill(buffer);
                else text.Fill(buffer);
                file.Write(buffer);
            }

            offset += 2L * blocks * Block;
        }
    }

    public void Change(string folder, DataOrigin origin) => throw new NotSupportedException("This data set does not change.");
}
