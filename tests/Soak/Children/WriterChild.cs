using BackupPS.Engine;

namespace BackupPS.Soak.Children;

/// <summary>Changes its tree and backs it up, over and over.</summary>
internal sealed class WriterChild(ChildOptions options) : SoakChild(options)
{
    public const string Task = "writer";

    // A Full among so many others.
    private const int FullAmong = 6;

    protected override async Task PrepareAsync(BackupEngine engine)
    {
        await base.PrepareAsync(engine);
        IReadOnlyList<BackupPolicy> policies = await engine.GetPoliciesAsync(CancellationToken.None);
        if (policies.Any(p => p.PolicyName == Options.Name)) return;
        var policy = new BackupPolicy { PolicyName = Options.Name, Source = [Options.Site.SourceOf(Options.Name)], Repository = Site.RepositoryName, RepositoryId = "" };
        await engine.CreatePolicyAsync(policy, CancellationToken.None);
    }

    protected override async Task WorkAsync(BackupEngine engine, int number)
    {
        string source = Options.Site.SourceOf(Options.Name);
        new SourceTree(source, Random).Change();
        string tag = Options.Site.WriteManifest(SourceTree.Describe(source));

        // One that is fenced off while it begins may miss packs that it counts on: its run fails, and only then that is right.
        var warnings = new System.Collections.Concurrent.ConcurrentQueue<string>();
        BackupResult result;
        try
        {
            result = await engine.BackupAsync(new BackupRequest { PolicyName = Options.Name, Type = Random.Next(FullAmong) == 0 ? "Full" : "Auto", Tag = [tag] }, Callbacks with { OnWarning = warnings.Enqueue }, CancellationToken.None);
        }
        catch (BackupException e) when (e.Error == BackupError.SessionFenced)
        {
            warnings.Clear();
            throw;
        }
        finally
        {
            foreach (string warning in warnings) Callbacks.OnWarning!(warning);
        }

        if (result.Status != "Complete") Say(Wrong, $"backup {result.Status} {result.SnapshotId}: {string.Join("; ", result.Faults)}");
        Say(Committed, result.SnapshotId);
    }
}
