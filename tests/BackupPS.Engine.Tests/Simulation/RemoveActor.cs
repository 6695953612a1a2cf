using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Removes a snapshot.</summary>
internal sealed class RemoveActor(ProtocolSimulation simulation)
{
    public async Task RunAsync(Repository repository)
    {
        var store = new SnapshotStore(repository, simulation.Time);
        IReadOnlyList<SnapshotState> snapshots = await store.ListAsync(onDamage: null, CancellationToken.None);
        if (snapshots.Count > 0) await store.RemoveAsync(snapshots[simulation.Random.Next(snapshots.Count)], CancellationToken.None);
    }
}
