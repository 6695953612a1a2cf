using BackupPS.Engine;

namespace BackupPS.Soak.Children;

/// <summary>Restores snapshots beside those who write and remove. One that is removed meanwhile is said to be; of any other, each byte must be right.</summary>
internal sealed class ReaderChild(ChildOptions options) : SoakChild(options)
{
    public const string Task = "reader";

    protected override async Task WorkAsync(BackupEngine engine, int number)
    {
        var snapshots = new List<BackupSnapshot>();
        await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(new SnapshotQuery { Repository = Site.RepositoryName }, Callbacks, CancellationToken.None)) snapshots.Add(snapshot);
        if (snapshots.Count == 0)
        {
            await System.Threading.Tasks.Task.Delay(Random.Next(20, 200));
            return;
        }

        BackupSnapshot chosen = snapshots[Random.Next(snapshots.Count)];
        string to = Options.Site.RestoreFolderOf(Options.Name);
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);

        // Of a snapshot that is removed and swept while it is restored, each file that is not there any more is a fault, until the end says why.
        var faults = new System.Collections.Concurrent.ConcurrentQueue<BackupFault>();
        RunCallbacks callbacks = Callbacks with { OnFault = faults.Enqueue };
        try
        {
            RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = Site.RepositoryName, SnapshotId = chosen.SnapshotId, Destination = to }, callbacks, CancellationToken.None);
            string[]? expected = Options.Site.FindManifest(chosen.Tag);
            if (result.Status != "Complete" || expected is null || !expected.SequenceEqual(SourceTree.Describe(to + Options.Site.SourceOf(chosen.PolicyName)))) Say(Wrong, $"restore of {chosen.SnapshotId}: {result.Status}, and not what its tree was");
        }
        catch (BackupException e) when (e.Error == BackupError.SnapshotRemoved || e.Error == BackupError.SnapshotNotFound)
        {
            // Said so, and that is all that can be done.
            faults.Clear();
        }
        finally
        {
            foreach (BackupFault fault in faults) Callbacks.OnFault!(fault);
        }
    }
}
