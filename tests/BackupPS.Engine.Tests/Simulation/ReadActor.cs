using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>Reads everything of one snapshot, or of all, as a restore does.</summary>
internal sealed class ReadActor(ProtocolSimulation simulation, bool all)
{
    public async Task RunAsync(Repository repository)
    {
        var store = new SnapshotStore(repository, simulation.Time);
        IReadOnlyList<SnapshotRecord> snapshots = await store.ListRecordsAsync(SnapshotSelection.All, onDamage: null, CancellationToken.None);
        if (all && !snapshots.Select(static s => s.Id).ToHashSet().SetEquals(simulation.Snapshots)) simulation.Fail("LISTING: it is not what is there");
        if (snapshots.Count == 0) return;
        int chosen = simulation.Random.Next(snapshots.Count);
        foreach (SnapshotRecord snapshot in all ? snapshots : [snapshots[chosen]])
        {
            try
            {
                // In the end the index alone must do; a restore in the midst of it all may look into packs that it does not list.
                BlobIndex index = await IndexLoader.LoadForReadingAsync(repository, scanPacks: false, onDamage: null, CancellationToken.None);
                using var blobs = new BlobReader(repository, index) { ScansPacks = !all };
                await ReadFolderAsync(new TreeReader(blobs), blobs, BlobId.Parse(snapshot.Root));
            }
            catch (BackupException e) when (e.Error == BackupError.BlobMissing || e.Error == BackupError.ObjectMissing)
            {
                if (await store.ExistsAsync(snapshot.Id, CancellationToken.None) && simulation.IsLive(snapshot.Id)) simulation.Fail($"READER: {snapshot.Id} is there and cannot be read: {e.Message}");
            }
        }
    }

    private static async Task ReadFolderAsync(TreeReader trees, BlobReader blobs, BlobId tree)
    {
        foreach (TreeEntry entry in await trees.ReadAllAsync(tree, CancellationToken.None))
        {
            if (entry.Kind == ItemKind.Directory) await ReadFolderAsync(trees, blobs, entry.Subtree);
            foreach (BlobId id in entry.Content) await blobs.ReadAsync(BlobKind.Data, id, CancellationToken.None);
        }
    }
}
