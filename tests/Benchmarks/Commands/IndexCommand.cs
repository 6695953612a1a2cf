using System.Globalization;
using BackupPS.Benchmarks.DataSets;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Peers;
using BackupPS.Benchmarks.Reporting;
using BackupPS.Engine;

namespace BackupPS.Benchmarks.Commands;

/// <summary>Backs a small folder up into a repository whose index lists 20 million blobs: what the index costs, in time and above all in memory.</summary>
internal static class IndexCommand
{
    private static readonly IReadOnlyList<Operation> Operations = [Operation.First, Operation.Unchanged, Operation.List];

    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, "blobs", "rounds", "work", "results");
        string work = options.Folder("work", Path.Combine(Checkout.Root, "out", "bench", "work"));
        string results = options.Folder("results", Path.Combine(Checkout.Results, "index.json"));
        int rounds = options.Count("rounds", 5);
        int blobs = options.Count("blobs", 20_000_000);
        Directory.CreateDirectory(work);
        IPeer[] peers = [BackupPSPeer.WithPassword(), new EnginePeer()];
        ResultFile file = ResultFile.Load(results);
        int run = file.Begin(Machine.Describe($"index --blobs {blobs} --rounds {rounds}", work, 1, peers));

        string source = Path.Combine(work, "index-source");
        PeerState.Remove(source);
        Directory.CreateDirectory(source);
        var files = new TinyFiles(DataSetNames.Index, string.Create(CultureInfo.InvariantCulture, $"8,000 tiny files into a repository with an index of {blobs:n0} blobs"), 80);
        files.Make(source, new DataOrigin(1, 1, new LinuxSource(work, null, null), work));
        file.Set(DataSetSize.Measure(files.Name, files.Title, source));
        var secrets = SecretFiles.Create(work);
        try
        {
            foreach (IPeer peer in peers) await MeasureAsync(peer, new PeerWork(Path.Combine(work, "state-index"), source, secrets), blobs, rounds, sample => file.Add(sample with { Run = run }));
        }
        finally
        {
            PeerState.Remove(source);
        }

        file.Save(results);
        Console.WriteLine($"Raw results: {results}");
    }

    private static async Task MeasureAsync(IPeer peer, PeerWork place, int blobs, int rounds, Action<Sample> record)
    {
        var state = new PeerState(place.State);
        try
        {
            state.Clear();
            await peer.CreateRepositoryAsync(place);
            Console.WriteLine($"Making an index of {blobs} blobs");
            await SyntheticIndex.AddAsync(place.Repository, RepositorySecret.FromPasswordFile(place.Secrets.PasswordFile), blobs, 1);
            state.Save();
            for (int round = 1; round <= rounds; round++)
            {
                // The first backup of a round meets an index that this host has never read.
                state.Reset();
                PageCache.Warm(Path.Combine(place.Repository, "index"));
                foreach (Operation operation in Operations)
                {
                    Add(PeerNames.EmptyHost, operation, PwshHost.Empty);
                    Add(peer.Name, operation, peer.Launch(operation, place));
                }

                void Add(string name, Operation operation, Launch launch)
                {
                    LinuxProcess.Sync();
                    Measurement m = ProcessRunner.Measure(launch with { Output = Path.Combine(place.State, "log") });
                    if (m.ExitCode != 0) throw new BenchmarkException($"{name}, {operation.Name()}: exit code {m.ExitCode}\n{ProcessRunner.Tail(File.ReadAllText(Path.Combine(place.State, "log")))}");
                    record(new Sample(0, DataSetNames.Index, operation.Name(), name, round, Math.Round(m.WallSeconds, 4), Math.Round(m.UserSeconds, 4), Math.Round(m.SystemSeconds, 4), m.PeakResident, m.PeakAnonymous));
                    Console.WriteLine($"  {operation.Name(),-10} {round}  {name,-20} {m.WallSeconds,8:f2} s  rss {m.PeakResident / 1e6,6:f0} MB  anon {m.PeakAnonymous / 1e6,6:f0} MB");
                }
            }
        }
        finally
        {
            state.Delete();
        }
    }
}
