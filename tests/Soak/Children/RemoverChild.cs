using System.Globalization;
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

    // Writers that were killed leave sessions, for which an optimization waits; now and then it fences them off, and those that live too.
    private const int FenceAmong = 4;

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

    private async Task FreeSpaceAsync(BackupEngine engine)
    {
        var request = new OptimizeRequest { Repository = Site.RepositoryName, MaxUnusedPercent = Random.Next(2) == 0 ? 0 : 10, FenceSessions = Random.Next(FenceAmong) == 0 };
        MaintenanceResult result = await engine.OptimizeAsync(request, Callbacks, CancellationToken.None);
        Say(Freed, result.PacksRemoved.ToString(CultureInfo.InvariantCulture));
    }
}
