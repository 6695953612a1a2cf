using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Which entries of an index hold what snapshots need. A folder that several snapshots share is read once. Of a blob with several copies every one is
/// marked.
/// </summary>
internal sealed class LiveBlobs : IDisposable
{
    private readonly BlobIndex index;
    private readonly BlobReader blobs;
    private readonly TreeReader trees;
    private readonly BlobMarks marks;

    private long bytes;

    /// <param name="repository">The repository.</param>
    /// <param name="index">Its index, without packs that do not count.</param>
    public LiveBlobs(Repository repository, BlobIndex index)
    {
        this.index = index;
        blobs = new BlobReader(repository, index);
        trees = new TreeReader(blobs);
        marks = new BlobMarks(index.EntryCount);
    }

    /// <summary>Whether <see cref="AddAsync"/> counts bytes.</summary>
    public bool Measures { get; init; }

    /// <summary>Whether what is in no index is an error.</summary>
    public bool MissingStops { get; init; } = true;

    /// <summary>Marks what some snapshots need.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="index">Its index, without packs that do not count.</param>
    /// <param name="snapshots">The snapshots.</param>
    /// <param name="onSnapshot">Told of each, when it is done.</param>
    /// <param name="missingStops">See <see cref="MissingStops"/>.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">As <see cref="AddAsync"/>.</exception>
    public static async Task<LiveBlobs> MarkAsync(Repository repository, BlobIndex index, IReadOnlyList<SnapshotRecord> snapshots, Action<SnapshotRecord>? onSnapshot, bool missingStops, CancellationToken cancellationToken)
    {
        var live = new LiveBlobs(repository, index) { MissingStops = missingStops };
        try
        {
            foreach (SnapshotRecord snapshot in snapshots)
            {
                await live.AddAsync(snapshot, cancellationToken);
                onSnapshot?.Invoke(snapshot);
            }

            return live;
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    /// <summary>Marks what a snapshot needs. A folder is marked before what is in it: where this fails, nothing of the marks may be used.</summary>
    /// <returns>Where it <see cref="Measures"/>: bytes in the repository, as stored, of what was not marked before.</returns>
    /// <exception cref="BackupException">Something is missing or cannot be read: <see cref="BackupError.BlobMissing"/>, <see cref="BackupError.ObjectMissing"/> or <see cref="BackupError.ObjectDamaged"/>.</exception>
    public async Task<long> AddAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        bytes = 0;
        await SnapshotBlobs.VisitAsync(trees, snapshot, Mark, cancellationToken);
        return bytes;
    }

    /// <summary>Whether the entry with this number holds something that is needed.</summary>
    public bool IsLive(long entry) => marks.Contains(entry);

    public void Dispose() => blobs.Dispose();

    // Whether it was not marked yet.
    private bool Mark(BlobId id)
    {
        if (!index.TryFind(id, 0, out BlobLocation at, out long entry)) return MissingStops ? throw new BackupException(BackupError.BlobMissing, $"The blob {id} is in no index.", id.ToString()) : false;
        if (IsLive(entry)) return false;
        if (Measures) bytes += index.WeightOf(at);
        for (int copy = 1; ; copy++)
        {
            marks.Add(entry);
            if (!index.TryFind(id, copy, out _, out entry)) return true;
        }
    }
}
