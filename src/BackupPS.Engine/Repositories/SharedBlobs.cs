using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Which blobs are needed by several snapshots, and which by one alone: three bits for each entry of an index. A folder that snapshots share is read at
/// most twice, for the first of them and for the second, however many there are.
/// </summary>
internal sealed class SharedBlobs : IDisposable
{
    private readonly BlobIndex index;
    private readonly BlobReader blobs;
    private readonly TreeReader trees;
    private readonly BlobMarks seen;
    private readonly BlobMarks shared;

    // What the snapshot under way has been found to need.
    private readonly BlobMarks own;

    /// <param name="repository">The repository.</param>
    /// <param name="index">Its index, without packs that do not count.</param>
    public SharedBlobs(Repository repository, BlobIndex index)
    {
        this.index = index;
        blobs = new BlobReader(repository, index);
        trees = new TreeReader(blobs);
        seen = new BlobMarks(index.EntryCount);
        shared = new BlobMarks(index.EntryCount);
        own = new BlobMarks(index.EntryCount);
    }

    /// <summary>Takes in what a snapshot needs: each of the repository once.</summary>
    /// <exception cref="BackupException">Something is missing or cannot be read.</exception>
    public Task AddAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        own.Clear();

        // What is below a folder that is known to be shared is known to be, too.
        return SnapshotBlobs.VisitAsync(trees, snapshot, id =>
        {
            (_, long entry) = Find(id);
            return own.TryAdd(entry) && (seen.TryAdd(entry) || shared.TryAdd(entry));
        }, cancellationToken);
    }

    /// <summary>What a snapshot needs, after all have been taken in.</summary>
    /// <returns>Bytes in the repository: of all that it needs, and of what it alone needs.</returns>
    /// <exception cref="BackupException">Something is missing or cannot be read.</exception>
    public async Task<(long Stored, long Unique)> MeasureAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        own.Clear();
        long stored = 0, unique = 0;
        await SnapshotBlobs.VisitAsync(trees, snapshot, id =>
        {
            (BlobLocation at, long entry) = Find(id);
            if (!own.TryAdd(entry)) return false;
            long weight = index.WeightOf(at);
            stored += weight;
            if (!shared.Contains(entry)) unique += weight;
            return true;
        }, cancellationToken);
        return (stored, unique);
    }

    public void Dispose() => blobs.Dispose();

    // Of several copies the first stands for the blob.
    private (BlobLocation At, long Entry) Find(BlobId id) =>
        index.TryFind(id, 0, out BlobLocation at, out long entry) ? (at, entry) : throw new BackupException(BackupError.BlobMissing, $"The blob {id} is in no index.", id.ToString());
}
