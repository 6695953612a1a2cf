using BackupPS.Engine;

namespace BackupPS.Soak.Children;

/// <summary>Removes snapshots, frees space and verifies, beside those who write.</summary>
internal sealed class RemoverChild(ChildOptions options) : SoakChild(options)
{
    public const string Task = "remover";

    // So many stay: what is restored after each round takes time.
    private const int Kept = 8;

    // Reading every byte is for the end of a round.
    private const int VerifyAmong = 4;

    protected override async Task WorkAsync(BackupEngine engine, int number)
    {
        var snapshots = new List<BackupSnapshot>();
        await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(new SnapshotQuery { Repository = Site.RepositoryName }, Callbacks, CancellationToken.None)) snapshots.Add(snapshot);
        while (snapshots.Count > Kept)
        {
            int victim = Random.Next(snapshots.Count);
            Say(Removing, snapshots[victim].SnapshotId);
            await engine.RemoveSnapshotAsync(Site.RepositoryName, snapshots[victim].SnapshotId, null, CancellationToken.None);
            snapshots.RemoveAt(victim);
        }

        await FreeSpaceAsync(engine);
        if (Random.Next(VerifyAmong) == 0)
        {
            IntegrityReport report = await engine.VerifyAsync(new VerifyRequest { Repository = Site.RepositoryName, Level = "Structure" }, Callbacks, CancellationToken.None);
            if (report.Status != "Passed") Say(Wrong, $"verification {report.Status}: {string.Join("; ", report.Damage)}");
        }
        else
        {
            await System.Threading.Tasks.Task.Delay(Random.Next(20, 200));
        }
    }

    // The one place where space is freed: BackupEngine.OptimizeRepositoryAsync, as soon as there is such a verb.
    private static Task FreeSpaceAsync(BackupEngine engine) => System.Threading.Tasks.Task.CompletedTask;
}
