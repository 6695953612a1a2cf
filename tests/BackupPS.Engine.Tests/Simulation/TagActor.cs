using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Says something of a snapshot.</summary>
internal sealed class TagActor(ProtocolSimulation simulation)
{
    public async Task RunAsync(Repository repository)
    {
        var store = new SnapshotStore(repository, simulation.Time);
        IReadOnlyList<SnapshotState> snapshots = await store.ListAsync(onDamage: null, CancellationToken.None);
        if (snapshots.Count == 0) return;
        SnapshotState chosen = snapshots[simulation.Random.Next(snapshots.Count)];
        if (simulation.Broken != ProtocolRule.SnapshotsNeverMove)
        {
            await store.AnnotateAsync(chosen, ["tag"], hold: null, CancellationToken.None);
            return;
        }

        string id = simulation.Ids.Next(), name = RepositoryLayout.Snapshot(id);
        simulation.Expect(id, simulation.NeedsOf(chosen.Record.Id));
        byte[] bytes = repository.SealRecord(SealedType.Snapshot, name, chosen.Record with { Id = id, Tag = ["tag"] }, RepositoryJson.Default.SnapshotRecord);
        await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), CancellationToken.None);
        await repository.Store.DeleteAsync(RepositoryLayout.Snapshot(chosen.Record.Id), CancellationToken.None);
    }
}
