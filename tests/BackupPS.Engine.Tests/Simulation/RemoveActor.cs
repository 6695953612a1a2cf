using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Removes a snapshot.</summary>
/// <param name="simulation">The simulation.</param>
/// <param name="saved">Whose; <see langword="null"/>: any.</param>
internal sealed class RemoveActor(ProtocolSimulation simulation, BackupActor? saved = null)
{
    public async Task RunAsync(Repository repository)
    {
        var store = new SnapshotStore(repository, simulation.Time);
        IReadOnlyList<SnapshotState> snapshots = await store.ListAsync(onDamage: null, CancellationToken.None);
        if (saved is not null) snapshots = [.. snapshots.Where(s => s.Record.Id == saved.SnapshotId)];
        if (snapshots.Count > 0) await store.RemoveAsync(snapshots[simulation.Random.Next(snapshots.Count)], CancellationToken.None);
    }
}
