using BackupPS.Engine;

namespace BackupPS.Soak;

/// <summary>Looks at a repository as somebody who has lost everything else: on a new host, with nothing but the key.</summary>
internal sealed class SnapshotCheck(Site site, Ledger ledger, Tally tally)
{
    // Everything takes seconds; what takes so long, hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Every snapshot restores to what its tree was, those that are required are there, and every byte verifies.</summary>
    /// <param name="when">After what, for the defects.</param>
    /// <param name="required">Snapshots that must be there.</param>
    public async Task RunAsync(string when, IReadOnlySet<string> required)
    {
        await GuardAsync(when, site.HomeElsewhere, async (engine, callbacks, cancellationToken) =>
        {
            var visible = new List<BackupSnapshot>();
            await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(new SnapshotQuery { Repository = site.Vault }, callbacks, cancellationToken)) visible.Add(snapshot);
            foreach (string lost in required.Except(visible.Select(static s => s.SnapshotId))) ledger.AddDefect($"{when}: the snapshot {lost} was committed, and is gone");
            foreach (BackupSnapshot snapshot in visible) await RestoreAsync(engine, snapshot, when, callbacks, cancellationToken);
            IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = site.Vault, Level = "Data" }, callbacks, cancellationToken);
            if (report.Status != "Passed") ledger.AddDefect($"{when}: verification {report.Status}: {string.Join("; ", report.Damage)}");
        });
        if (Directory.Exists(site.HomeElsewhere)) Directory.Delete(site.HomeElsewhere, recursive: true);
    }

    /// <summary>All that no snapshot needs goes. Nobody else may be at it.</summary>
    public async Task RunGarbageAsync(string when)
    {
        await GuardAsync($"{when}, optimization", site.HomeElsewhere, async (engine, callbacks, cancellationToken) =>
        {
            var request = new OptimizeRequest { Repository = site.Vault, MaxUnusedPercent = 0, FenceSessions = true };
            MaintenanceResult result = await engine.OptimizeAsync(request, callbacks, cancellationToken);
            OptimizePlan left = await engine.PlanOptimizeAsync(request, callbacks, cancellationToken);
            if (result.Status != "Complete" || left.PacksRemoved.Length + left.PacksRewritten.Length + left.PendingPacks > 0 || left.BytesUnused > 0)
            {
                ledger.AddDefect($"{when}: the optimization is {result.Status} and leaves {left.PacksRemoved.Length} + {left.PacksRewritten.Length} + {left.PendingPacks} packs with {left.BytesUnused} unused bytes");
            }
        });
    }

    /// <summary>The catalog of a host can be read, and a backup from there succeeds. Nobody else may be at it.</summary>
    public async Task RunHomeAsync(string when, string name)
    {
        if (!Directory.Exists(site.HomeOf(name))) return;
        await GuardAsync($"{when}, {name}", site.HomeOf(name), async (engine, callbacks, cancellationToken) =>
        {
            await engine.GetPoliciesAsync(cancellationToken);
            await engine.GetRunsAsync(null, null, null, 0, cancellationToken);
            BackupResult result = await engine.BackupAsync(new BackupRequest { Source = [site.Manifests], Repository = site.Vault }, callbacks, cancellationToken);
            if (result.Status != "Complete") ledger.AddDefect($"{when}: the backup of {name} is {result.Status}");
        });
    }

    private async Task GuardAsync(string when, string home, Func<BackupEngine, RunCallbacks, CancellationToken, Task> check)
    {
        var callbacks = new RunCallbacks
        {
            OnFault = fault => ledger.AddDefect($"{when}: fault {fault.Error.Id} {fault.Path}: {fault.Reason}"),
            OnWarning = warning =>
            {
                // Folders above the source belong to others, where this is not root.
                if (!warning.Contains("only root", StringComparison.Ordinal)) ledger.AddDefect($"{when}: warning {warning}");
            },
        };
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await using BackupEngine engine = site.CreateEngine(home, TimeSpan.Zero);
            await check(engine, callbacks, limit.Token);
        }
        catch (BackupException e)
        {
            ledger.AddDefect($"{when}: {e.Error.Id}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            ledger.AddDefect($"{when}: the check took more than {Limit}");
        }
    }

    private async Task RestoreAsync(BackupEngine engine, BackupSnapshot snapshot, string when, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        string to = Path.Join(site.Folder, "restored");
        RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = site.Vault, SnapshotId = snapshot.SnapshotId, Destination = to }, callbacks, cancellationToken);
        string[]? expected = site.FindManifest(snapshot.Tag);
        IReadOnlyList<string> found = SourceTree.Describe(to + site.SourceOf(snapshot.PolicyName));
        if (result.Status != "Complete") ledger.AddDefect($"{when}: the restore of {snapshot.SnapshotId} is {result.Status}");
        if (expected is null) ledger.AddDefect($"{when}: nobody has written down what the snapshot {snapshot.SnapshotId} should be");
        else if (!expected.SequenceEqual(found)) ledger.AddDefect($"{when}: the snapshot {snapshot.SnapshotId} is not what its tree was: {string.Join(" | ", expected.Except(found).Take(3).Select(static l => "- " + l).Concat(found.Except(expected).Take(3).Select(static l => "+ " + l)))}");
        Directory.Delete(to, recursive: true);
        tally.Restored++;
    }
}
