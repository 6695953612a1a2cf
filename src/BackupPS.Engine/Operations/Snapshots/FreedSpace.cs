using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>What the removal of snapshots frees, once the repository is optimized: bytes, as stored, of what no other snapshot needs.</summary>
internal static class FreedSpace
{
    /// <summary>The index of a repository for measuring; nothing that is read of it is kept.</summary>
    public static async Task<(Repository Repository, BlobIndex Index)> LoadAsync(Repository repository, CancellationToken cancellationToken)
    {
        Repository reading = repository.With(repository.IndexCache.ReadOnly());
        RetiredPacks retired = await RetiredPacks.LoadAsync(reading, cancellationToken);
        BlobIndex index = await IndexLoader.LoadForReadingAsync(reading, scanPacks: false, onDamage: null, cancellationToken);
        index.Hide(retired.Swept);
        return (reading, index);
    }

    /// <summary>What each removal frees after those before it, so that the sum is what all of them free: that is what is needed once it stays, and those after it.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="index">Its index, without packs that do not count.</param>
    /// <param name="all">Every snapshot.</param>
    /// <param name="removed">Those that are removed, in order.</param>
    /// <param name="onSnapshot">Told of each snapshot that was gone through.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>By the snapshots' ids.</returns>
    public static async Task<Dictionary<string, long>> MeasureAsync(Repository repository, BlobIndex index, IEnumerable<SnapshotRecord> all, IReadOnlyCollection<SnapshotRecord> removed, Action? onSnapshot, CancellationToken cancellationToken)
    {
        var freed = removed.ToDictionary(static r => r.Id, static _ => 0L, StringComparer.Ordinal);
        using var live = new LiveBlobs(repository, index) { Measures = true };
        foreach (SnapshotRecord staying in all.Where(r => !freed.ContainsKey(r.Id)))
        {
            await live.AddAsync(staying, cancellationToken);
            onSnapshot?.Invoke();
        }

        foreach (SnapshotRecord going in removed.Reverse())
        {
            freed[going.Id] = await live.AddAsync(going, cancellationToken);
            onSnapshot?.Invoke();
        }

        return freed;
    }
}
