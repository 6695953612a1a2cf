using System.Globalization;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Peers;
using BackupPS.Benchmarks.Reporting;
using BackupPS.Engine;

namespace BackupPS.Benchmarks.Commands;

/// <summary>What a user waits for at the prompt: the import of the module, and a repository with many snapshots.</summary>
internal static class StartupCommand
{
    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, "rounds", "snapshots", "work", "results");
        string work = options.Folder("work", Path.Combine(Checkout.Root, "out", "bench", "work"));
        string results = options.Folder("results", Path.Combine(Checkout.Results, "prompt.json"));
        int rounds = options.Count("rounds", 15);
        int snapshots = options.Count("snapshots", 5000);
        Directory.CreateDirectory(work);
        BackupPSPeer peer = BackupPSPeer.WithKeyFile();
        ResultFile file = ResultFile.Load(results);
        int run = file.Begin(Machine.Describe($"startup --snapshots {snapshots} --rounds {rounds}", work, 1, [peer]));
        void Record(string operation, string name, int round, Measurement m) =>
            file.Add(new Sample(run, DataSetNames.Prompt, operation, name, round, m.WallSeconds, m.UserSeconds, m.SystemSeconds, m.PeakResident, m.PeakAnonymous));

        var state = new PeerState(Path.Combine(work, "state-prompt"));
        state.Clear();
        var source = Directory.CreateDirectory(Path.Combine(state.Folder, "source"));
        var place = new PeerWork(state.Folder, source.FullName, SecretFiles.Create(work));
        try
        {
            await peer.CreateRepositoryAsync(place);
            await MakeSnapshotsAsync(place, snapshots);
            LinuxProcess.Sync();
            for (int round = 1; round <= rounds; round++)
            {
                Measurement empty = Succeed(PwshHost.Empty, "an empty pwsh");
                Record(PromptFigures.Import, PeerNames.EmptyHost, round, empty);
                Record(PromptFigures.ListWhole, PeerNames.EmptyHost, round, empty);
                Record(PromptFigures.Import, PeerNames.Ours, round, Succeed(peer.Import(place), "Import-Module"));
                Record(PromptFigures.ListWhole, PeerNames.Ours, round, Succeed(peer.Script(place, "Get-BackupSnapshot -PolicyName bench | Out-Null"), "Get-BackupSnapshot"));
                foreach ((string operation, double seconds) in AtThePrompt(peer, place)) Record(operation, PeerNames.Prompt, round, new Measurement(0, seconds, 0, 0, 0, 0));
                Console.WriteLine($"  round {round} of {rounds}");
            }
        }
        finally
        {
            state.Delete();
        }

        file.Save(results);
        Console.WriteLine($"Raw results: {results}");
    }

    // Real backups of a folder with one file that changes: nothing is made up, and each takes some milliseconds.
    private static async Task MakeSnapshotsAsync(PeerWork place, int count)
    {
        Console.WriteLine($"Making {count} snapshots");
        string file = Path.Combine(place.Source, "counter");
        await using var engine = new BackupEngine(new EngineOptions { HomeFolder = BackupPSRepository.HomeFolder(place), UnattendedSecret = () => RepositorySecret.FromKeyFile(place.Secrets.KeyFile) });
        for (int i = 1; i <= count; i++)
        {
            await File.WriteAllTextAsync(file, i.ToString(CultureInfo.InvariantCulture));
            BackupResult result = await engine.BackupAsync(new BackupRequest { PolicyName = BackupPSRepository.PolicyName }, RunCallbacks.None, CancellationToken.None);
            if (result.Status != "Complete") throw new BenchmarkException($"Backup {i} ended as {result.Status}.");
            if (i % 500 == 0) Console.WriteLine($"  {i}");
        }
    }

    private static Measurement Succeed(Launch launch, string what)
    {
        Measurement measurement = ProcessRunner.Measure(launch);
        return measurement.ExitCode == 0 ? measurement : throw new BenchmarkException($"{what} ended with exit code {measurement.ExitCode}.");
    }

    private static IEnumerable<(string Operation, double Seconds)> AtThePrompt(BackupPSPeer peer, PeerWork place)
    {
        // A session for each, unlocked: what is compiled and read the first time is part of the wait.
        string[] completion = Figures(peer, place, """
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $found = (TabExpansion2 -inputScript 'Get-BackupSnapshot -PolicyName b' -cursorColumn 32).CompletionMatches.Where{ $_.CompletionText -eq 'bench' }.Count
            'figures {0} {1:r}' -f $found, $clock.Elapsed.TotalSeconds
            """);
        string[] list = Figures(peer, place, """
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $found = @(Get-BackupSnapshot -PolicyName bench).Count
            $first = $clock.Elapsed.TotalSeconds; $clock.Restart()
            $null = Get-BackupSnapshot -PolicyName bench
            'figures {0} {1:r} {2:r}' -f $found, $first, $clock.Elapsed.TotalSeconds
            """);
        return [(PromptFigures.Complete, Seconds(completion[0])), (PromptFigures.ListFirst, Seconds(list[0])), (PromptFigures.ListAgain, Seconds(list[1]))];
    }

    private static string[] Figures(BackupPSPeer peer, PeerWork place, string script)
    {
        string printed = ProcessRunner.Run(peer.Script(place, script));
        string[] parts = printed.Split('\n').Single(static line => line.StartsWith("figures ", StringComparison.Ordinal)).Trim().Split(' ');
        return parts[1] == "0" ? throw new BenchmarkException($"Nothing was found by:\n{script}") : parts[2..];
    }

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
