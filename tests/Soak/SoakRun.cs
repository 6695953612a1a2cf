using System.Diagnostics;
using BackupPS.Engine;
using BackupPS.Soak.Children;
using BackupPS.Soak.Volumes;

namespace BackupPS.Soak;

/// <summary>The rounds.</summary>
internal sealed class SoakRun
{
    private static readonly string[] Writers = ["ada", "ben"];
    private const string Remover = "ruth", Reader = "rita";
    private static readonly string[] All = [.. Writers, Remover, Reader];

    // A year back, right, and a year ahead; right more often.
    private static readonly int[] Clocks = [-365, 0, 0, 365];

    // What a child is at takes less; what takes so long, hangs.
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(1);

    // Eight snapshots of two trees of some ten megabytes, and what a round adds. Tombstones and decisions stay for ever, so that a repository grows slowly.
    private const long LargestVault = 200L << 20;

    private readonly SoakOptions options;
    private readonly Site site;
    private readonly IVolume volume;
    private readonly Random random;
    private readonly Ledger ledger = new();
    private readonly Tally tally = new();
    private readonly Dictionary<string, ChildProcess> children = new(StringComparer.Ordinal);

    private SoakRun(SoakOptions options, IVolume volume)
    {
        this.options = options;
        this.volume = volume;
        site = new Site(options.Work, volume.Folder);
        random = new Random(options.Seed);
    }

    /// <returns>0, or 1 where there was a defect.</returns>
    public static async Task<int> RunAsync(SoakOptions options)
    {
        Directory.CreateDirectory(options.Work);
        Console.WriteLine($"Seed {options.Seed}, in {options.Work}");
        IVolume volume = await LoopVolume.TryCreateAsync(options.Work) ?? (IVolume)new PlainVolume(options.Work);
        bool failed = true;
        try
        {
            failed = await new SoakRun(options, volume).RunAsync();
            return failed ? 1 : 0;
        }
        finally
        {
            // What is on the volume is kept with it.
            if (failed && volume.HasTrouble) await Tool.TryRunAsync("cp", "-a", volume.Folder, options.Work + "/kept");
            await volume.DisposeAsync();
            if (failed) Console.WriteLine($"Kept: {options.Work}");
            else Directory.Delete(options.Work, recursive: true);
        }
    }

    private async Task<bool> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        Trouble[] troubles = volume.HasTrouble ? Enum.GetValues<Trouble>() : [Trouble.Kills, Trouble.Stops];
        site.Create();
        await CreateVaultAsync();
        var check = new SnapshotCheck(site, ledger, tally);
        try
        {
            // Each kind of trouble comes in turn; a short soak sees each once.
            while ((watch.Elapsed < options.Duration || (options.IsShort && tally.Rounds < troubles.Length)) && ledger.Defects.Count == 0)
            {
                Trouble trouble = troubles[tally.Rounds++ % troubles.Length];
                string when = $"round {tally.Rounds} ({trouble})";
                await RoundAsync(trouble, when);
                await check.RunAsync(when, ledger.Required);
                await BackUpOnceMoreAsync(when);
                if (!options.IsShort || tally.Rounds == troubles.Length)
                {
                    await check.RunGarbageAsync(when);
                    await check.RunAsync($"{when}, after the optimization", ledger.Required);
                }

                if (FolderLength(site.Vault) > LargestVault) await CreateVaultAsync();
            }
        }
        finally
        {
            foreach (ChildProcess child in children.Values) child.Dispose();
        }

        foreach (string defect in ledger.Defects) Console.WriteLine("DEFECT " + defect);
        if (ledger.Failures.Length > 0) Console.WriteLine("Told by a store in trouble: " + ledger.Failures);
        Console.WriteLine(tally.ToLine(watch.Elapsed, ledger.CommittedCount, ledger.FreedCount, ledger.Defects.Count, options.Seed, leftOut: !volume.HasTrouble));
        return ledger.Defects.Count > 0;
    }

    private async Task RoundAsync(Trouble trouble, string when)
    {
        ledger.MayFail = trouble is Trouble.FullDisk or Trouble.ReadOnly;
        foreach (string name in All) Start(name, count: 0);
        var watch = Stopwatch.StartNew();
        TimeSpan length = TimeSpan.FromSeconds(options.IsShort ? 1.2 : 2 + (4 * random.NextDouble()));
        while (watch.Elapsed < length)
        {
            await Task.Delay(random.Next(100, 500));
            await DisturbAsync(trouble, when);
            await RestartAsync(when);
        }

        // Half of the rounds end as a machine does that is switched off.
        foreach (ChildProcess child in children.Values)
        {
            if (random.Next(2) == 0)
            {
                await child.KillAsync();
                tally.Kills++;
            }
            else
            {
                string? said = await child.EndAsync(EndLimit);
                if (said is not { Length: 0 }) ledger.AddDefect($"{when}: {child.Options.Name} {(said is null ? $"did not end within {EndLimit}" : "said: " + said)}");
            }

            child.Dispose();
        }

        children.Clear();
        ledger.MayFail = false;
    }

    private async Task DisturbAsync(Trouble trouble, string when)
    {
        ChildProcess victim = children[All[random.Next(All.Length)]];
        switch (trouble)
        {
            case Trouble.Kills:
                await victim.KillAsync();
                tally.Kills++;
                break;
            case Trouble.Stops:
                victim.Stop();
                tally.Stops++;
                await Task.Delay(random.Next(50, 800));
                if (random.Next(4) == 0)
                {
                    await victim.KillAsync();
                    tally.Kills++;
                }
                else
                {
                    victim.Continue();
                }

                break;
            case Trouble.FullDisk:
                volume.Fill(random.Next(3 << 20));
                tally.FullDisks++;
                await PauseInTroubleAsync(victim);
                volume.Empty();
                break;
            case Trouble.ReadOnly:
                if (!await volume.TrySetReadOnlyAsync(true)) break;
                tally.ReadOnlyTurns++;
                await PauseInTroubleAsync(victim);
                if (!await volume.TrySetReadOnlyAsync(false)) throw new InvalidOperationException("The disk stays read-only.");
                break;
            case Trouble.PowerCut:
                await CutPowerAsync(when);
                break;
        }
    }

    // Now and then somebody dies in it.
    private async Task PauseInTroubleAsync(ChildProcess victim)
    {
        await Task.Delay(random.Next(100, 700));
        if (random.Next(3) != 0) return;
        await victim.KillAsync();
        tally.Kills++;
    }

    private async Task CutPowerAsync(string when)
    {
        // Everybody stands still while the disk is copied, as in the moment of the cut.
        foreach (ChildProcess child in children.Values) child.Stop();
        IVolume? cut = null;
        try
        {
            cut = await volume.CutPowerAsync();
            if (cut is null) return;

            // What they said before they stood still is known by now.
            IReadOnlySet<string> required = ledger.Required;
            when = $"{when}, power cut {++tally.PowerCuts}";
            var check = new SnapshotCheck(site.On(cut.Folder), ledger, tally);
            await check.RunAsync(when, required);
            foreach (string name in All.Where(Site.HasHomeOnDisk)) await check.RunHomeAsync(when, name);
        }
        finally
        {
            foreach (ChildProcess child in children.Values) child.Continue();
            if (cut is not null) await cut.DisposeAsync();
        }
    }

    // Whoever was killed is started again, with its clock set anew.
    private async Task RestartAsync(string when)
    {
        foreach (string name in All)
        {
            ChildProcess child = children[name];
            if (!child.HasExited) continue;
            if (await child.EndAsync(EndLimit) is { } said && said.Length > 0 && !said.StartsWith("(exit code 137)", StringComparison.Ordinal)) ledger.AddDefect($"{when}: {name} ended: {said}");
            child.Dispose();
            Start(name, count: 0);
        }
    }

    private async Task BackUpOnceMoreAsync(string when)
    {
        foreach (string name in Writers)
        {
            int before = ledger.CommittedCount;
            using ChildProcess child = Start(name, count: 1);
            string? said = await child.EndAsync(EndLimit);
            children.Remove(name);
            if (said is not { Length: 0 } || ledger.CommittedCount != before + 1) ledger.AddDefect($"{when}: the next backup of {name} did not succeed: {said}");
        }
    }

    private ChildProcess Start(string name, int count)
    {
        var told = new ChildOptions(site, name, random.Next(), TimeSpan.FromDays(Clocks[random.Next(Clocks.Length)]), count);
        return children[name] = ChildProcess.Start(name switch { Remover => RemoverChild.Task, Reader => ReaderChild.Task, _ => WriterChild.Task }, told, ledger);
    }

    private async Task CreateVaultAsync()
    {
        if (Directory.Exists(site.Vault)) Directory.Delete(site.Vault, recursive: true);
        foreach (string name in All.Where(n => Directory.Exists(site.HomeOf(n)))) Directory.Delete(site.HomeOf(name), recursive: true);
        ledger.Forget();
        await using BackupEngine engine = site.CreateEngine(site.HomeElsewhere, TimeSpan.Zero);
        await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = site.Vault, Secret = RepositorySecret.FromKeyFile(site.KeyFile) }, CancellationToken.None);
    }

    private static long FolderLength(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static f => f.Length);
}
