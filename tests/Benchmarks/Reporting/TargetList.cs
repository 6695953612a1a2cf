using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>The figures to reach: ratios of our time to restic's, memory, growth, and what a user waits for at the prompt.</summary>
internal static class TargetList
{
    private const double SizeLimit = 0.82, AddedLimit = 1, MemoryLimit = 150, LinearLimit = 1.3, ImportLimit = 0.060, FirstListLimit = 0.150, PromptLimit = 0.200;

    // Many small files, where restic is slow, and one large file, where both do the same work with the same libraries.
    private static readonly IReadOnlyList<(string Set, Operation Operation, string Peer, string With, double Limit)> Ratios =
    [
        (DataSetNames.Tree, Operation.First, PeerNames.Ours, "", 0.33),
        (DataSetNames.Tree, Operation.Unchanged, PeerNames.OursWithKeyFile, ", key file", 0.18),
        (DataSetNames.Tree, Operation.Unchanged, PeerNames.Ours, ", password", 0.22),
        (DataSetNames.Tree, Operation.Changed, PeerNames.Ours, "", 0.22),
        (DataSetNames.Tree, Operation.Verify, PeerNames.Ours, "", 0.42),
        (DataSetNames.Tree, Operation.Restore, PeerNames.Ours, "", 0.50),
        (DataSetNames.Tree, Operation.RestoreOne, PeerNames.Ours, "", 0.30),
        .. OneLargeFile(DataSetNames.Image),
        .. OneLargeFile(DataSetNames.Database),
    ];

    // Operations that go over each file of sets 6 and 6a.
    private static readonly IReadOnlyList<Operation> AllFiles = [Operation.First, Operation.Unchanged, Operation.Verify, Operation.Restore, Operation.List];

    public static IReadOnlyList<Target> Evaluate(ResultFile results)
    {
        var figures = new Figures(results);
        var targets = new List<Target>();
        foreach ((string set, Operation operation, string peer, string with, double limit) in Ratios)
        {
            targets.Add(new Target($"{Title(results, set)}: {OperationNames.Title(operation.Name())}{with}, time / restic's", limit, "f2", figures.Ratio(set, operation.Name(), peer, PeerNames.Restic)));
        }

        targets.Add(new Target($"{Title(results, DataSetNames.Tree)}: size of the repository / restic's", SizeLimit, "f2", Sizes(DataSetNames.Tree, Operation.First, static s => s.Repository)));
        foreach (string set in (string[])[DataSetNames.Tree, DataSetNames.Image, DataSetNames.Database])
        {
            targets.Add(new Target($"{Title(results, set)}: bytes added by the second backup / restic's", AddedLimit, "f2", Sizes(set, Operation.Changed, static s => s.Added)));
        }

        foreach (string set in DataSetNames.InOrder)
        {
            double?[] peaks = [.. OperationNames.All.SelectMany(o => new[] { figures.Anonymous(set, o, PeerNames.Ours), figures.Anonymous(set, o, PeerNames.OursWithKeyFile) })];
            targets.Add(new Target($"{Title(results, set)}: peak RssAnon over the empty host, all operations, MB", MemoryLimit, "f0", peaks.Max() / 1e6));
        }

        foreach (Operation operation in AllFiles)
        {
            targets.Add(new Target($"{OperationNames.Title(operation.Name())}: time per file at a million files / at 80 thousand", LinearLimit, "f2", PerFile(DataSetNames.Tiny, operation) / PerFile(DataSetNames.Tiny80K, operation)));
        }

        targets.Add(new Target("Import-Module over an empty pwsh, s", ImportLimit, "f3", figures.Wall(DataSetNames.Prompt, PromptFigures.Import, PeerNames.Ours)));
        targets.Add(new Target("Import-Module, Connect-BackupRepository and a first Get-BackupSnapshot over an empty pwsh, 5,000 snapshots, s", FirstListLimit, "f3", figures.Wall(DataSetNames.Prompt, PromptFigures.ListWhole, PeerNames.Ours)));
        targets.Add(new Target("Get-BackupSnapshot at the prompt, 5,000 snapshots, s", PromptLimit, "f3", figures.Wall(DataSetNames.Prompt, PromptFigures.ListFirst, PeerNames.Prompt)));
        targets.Add(new Target("completion at the prompt, 5,000 snapshots, s", PromptLimit, "f3", figures.Wall(DataSetNames.Prompt, PromptFigures.Complete, PeerNames.Prompt)));
        return targets;

        double? Sizes(string set, Operation operation, Func<Sample, double?> size) =>
            figures.Median(set, operation.Name(), PeerNames.Ours, size) / figures.Median(set, operation.Name(), PeerNames.Restic, size);

        double? PerFile(string set, Operation operation) => figures.Wall(set, operation.Name(), PeerNames.Ours) / results.DataSets.Find(d => d.Name == set)?.Files;
    }

    private static (string Set, Operation Operation, string Peer, string With, double Limit)[] OneLargeFile(string set) =>
    [
        (set, Operation.First, PeerNames.Ours, "", 0.48),
        (set, Operation.Unchanged, PeerNames.OursWithKeyFile, ", key file", 0.30),
        (set, Operation.Unchanged, PeerNames.Ours, ", password", 0.45),
        (set, Operation.Verify, PeerNames.Ours, "", 0.65),
        (set, Operation.Restore, PeerNames.Ours, "", 0.85),
    ];

    private static string Title(ResultFile results, string set) => results.DataSets.Find(d => d.Name == set)?.Title ?? set;
}
