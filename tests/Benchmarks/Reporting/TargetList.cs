using BackupPS.Benchmarks.Commands;
using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.Reporting;

/// <summary>The figures to reach, of DESIGN.md section 9: ratios of our time to restic's, memory, growth, and what a user waits for at the prompt.</summary>
internal static class TargetList
{
    private const string Ours = "BackupPS", KeyFile = "BackupPS (key file)", Restic = "restic";
    private const double MemoryLimit = 150e6, LinearLimit = 1.3, ImportLimit = 0.150, PromptLimit = 0.200;

    private static readonly IReadOnlyList<(Operation Operation, string Peer, double Limit)> Ratios =
    [
        (Operation.First, Ours, 0.33),
        (Operation.Unchanged, KeyFile, 0.25),
        (Operation.Unchanged, Ours, 0.35),
        (Operation.Changed, Ours, 0.30),
        (Operation.Verify, Ours, 0.50),
        (Operation.Restore, Ours, 0.66),
        (Operation.RestoreOne, Ours, 0.50),
    ];

    // Ratios are asked for on sets 1 to 5, memory on all.
    private static readonly IReadOnlyList<string> RatioSets = ["tree", "image", "database", "compressed"];

    public static IReadOnlyList<Target> Evaluate(ResultFile results)
    {
        var figures = new Figures(results);
        var targets = new List<Target>();
        foreach (string set in RatioSets)
        {
            IDataSet dataSet = DataSetList.Find(set);
            foreach ((Operation operation, string peer, double limit) in Ratios)
            {
                if (operation == Operation.Changed && !dataSet.Changes) continue;
                if (operation == Operation.RestoreOne && set is "image" or "database") continue;
                string with = operation == Operation.Unchanged ? peer == KeyFile ? ", key file" : ", password" : "";
                targets.Add(new Target($"{dataSet.Title}: {OperationNames.Title(operation.Name())}{with}, time / restic's", limit, "f2", figures.Ratio(set, operation.Name(), peer, Restic)));
            }

            targets.Add(new Target($"{dataSet.Title}: size of the repository / restic's", 0.82, "f2", Sizes(set, "first", static s => s.Repository)));
            if (dataSet.Changes) targets.Add(new Target($"{dataSet.Title}: bytes added by the second backup / restic's", 1, "f2", Sizes(set, "changed", static s => s.Added)));
        }

        foreach (IDataSet dataSet in DataSetList.All)
        {
            double?[] peaks = [.. OperationNames.All.SelectMany(o => new[] { figures.Anonymous(dataSet.Name, o, Ours), figures.Anonymous(dataSet.Name, o, KeyFile) })];
            targets.Add(new Target($"{dataSet.Title}: peak RssAnon over the empty host, all operations, MB", MemoryLimit / 1e6, "f0", peaks.Max() / 1e6));
        }

        targets.Add(new Target("first backup: time per file at a million files / at 80 thousand", LinearLimit, "f2", PerFile(results, figures, "tiny") / PerFile(results, figures, "tiny80k")));
        targets.Add(new Target("Import-Module over an empty pwsh, s", ImportLimit, "f3", figures.Wall(StartupCommand.DataSet, StartupCommand.Import, Ours)));
        targets.Add(new Target("Get-BackupSnapshot at the prompt, 5,000 snapshots, s", PromptLimit, "f3", figures.Median(StartupCommand.DataSet, StartupCommand.ListFirst, StartupCommand.Prompt, static s => s.Wall)));
        targets.Add(new Target("completion at the prompt, 5,000 snapshots, s", PromptLimit, "f3", figures.Median(StartupCommand.DataSet, StartupCommand.Complete, StartupCommand.Prompt, static s => s.Wall)));
        return targets;

        double? Sizes(string set, string operation, Func<Sample, double?> size) => figures.Median(set, operation, Ours, size) / figures.Median(set, operation, Restic, size);
    }

    private static double? PerFile(ResultFile results, Figures figures, string set) =>
        figures.Wall(set, "first", Ours) / results.DataSets.Find(d => d.Name == set)?.Files;
}
