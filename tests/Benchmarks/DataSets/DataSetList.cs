using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Every data set, in the order in which they are compared.</summary>
internal static class DataSetList
{
    public static IReadOnlyList<IDataSet> All { get; } =
    [
        new SourceTree(),
        new DiskImage(),
        new DatabaseFile(),
        new CompressedFiles(),
        new TinyFiles(DataSetNames.Tiny80K, "6a: 80 thousand tiny files in 800 folders", 800),
        new TinyFiles(DataSetNames.Tiny, "6: a million tiny files in 10,000 folders", 10_000),
        new SparseFile(),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(static d => d.Name)];

    public static IDataSet Find(string name) => All.First(d => d.Name == name);
}
