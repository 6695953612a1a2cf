using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Peers;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Commands;

/// <summary>Compares whole processes.</summary>
internal static class CompareCommand
{
    private static readonly IReadOnlyList<(string Name, Func<IPeer> Create)> PeerList =
    [
        ("backupps", BackupPSPeer.WithPassword),
        ("keyfile", BackupPSPeer.WithKeyFile),
        ("engine", static () => new EnginePeer()),
        ("restic", static () => new ResticPeer()),
        ("borg", static () => new BorgPeer()),
    ];

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, [.. DataOptions.Names, "sets", "operations", "peers", "rounds", "work", "results", "check"]);
        DataFolder data = DataOptions.Read(options);
        string work = options.Folder("work", Path.Combine(Checkout.Root, "out", "bench", "work"));
        string results = options.Folder("results", Path.Combine(Checkout.Results, "results.json"));
        IReadOnlyList<string> chosen = options.Choice("peers", [.. PeerList.Select(static p => p.Name)]);
        List<IPeer> peers = [.. PeerList.Where(p => chosen.Contains(p.Name)).Select(static p => p.Create())];
        HashSet<Operation> operations = [.. options.Choice("operations", OperationNames.All).Select(OperationNames.Parse)];

        ResultFile file = ResultFile.Load(results);
        Directory.CreateDirectory(work);
        int run = file.Begin(Machine.Describe($"compare {Shown(options)}".TrimEnd(), work, data.Origin.Scale, peers));
        foreach (string name in options.Choice("sets", DataSetList.Names))
        {
            var comparison = new Comparison(DataSetList.Find(name), data, work, peers, operations, options.Count("rounds", 5), options.Text("check", "yes") == "yes");
            await comparison.RunAsync(
                file.Set,
                sample =>
                {
                    file.Add(sample with { Run = run });
                    // Hours of measuring are not lost to a crash.
                    file.Save(results);
                });
        }

        Console.WriteLine($"Raw results: {results}");
    }

    // Folders are this machine's own affair.
    private static string Shown(Options options) =>
        string.Join(' ', new[] { "sets", "operations", "peers", "rounds", "scale", "seed" }.Where(n => options.Find(n) is not null).Select(n => $"--{n} {options.Find(n)}"));
}
