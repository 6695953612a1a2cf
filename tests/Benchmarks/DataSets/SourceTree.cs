using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data sets 1 and 2: many small files, before and after a change set.</summary>
internal sealed class SourceTree : IDataSet
{
    public string Name => DataSetNames.Tree;

    public string Title => "1, 2: Linux source tree";

    public bool Changes => true;

    public bool HasHoles => false;

    public void Make(string folder, DataOrigin origin)
    {
        if (origin.Scale < 1)
        {
            // Whole folders, so that a small set still has the shape of the large one.
            string[] parts = [.. Directory.GetDirectories(origin.Linux.Tree).Order(StringComparer.Ordinal)];
            foreach (string part in parts.Take((int)Math.Max(1, parts.Length * origin.Scale))) ProcessRunner.Run(new Launch("cp", "-a", part, folder));
            return;
        }

        ProcessRunner.Run(new Launch("cp", "-a", origin.Linux.Tree + "/.", folder));
    }

    public void Change(string folder, DataOrigin origin) => ChangeSet.Plan(folder, origin.Random(1)).Apply(folder);
}
