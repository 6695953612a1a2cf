using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>What of a repository is needed, and what may go: found by reading alone.</summary>
internal sealed class SpacePlan : IDisposable
{
    // Others prune and remove at the same time: what is missing then is there, or is not needed any more, at the next look.
    private const int MaximumRounds = 5;

    private readonly LiveBlobs live;

    private SpacePlan(BlobIndex index, LiveBlobs live, PackUse use, PackSelection selection, IReadOnlyDictionary<string, long> unlisted, IReadOnlyDictionary<string, long> dead, int pendingPacks, int snapshotCount)
    {
        Index = index;
        this.live = live;
        Use = use;
        Selection = selection;
        Unlisted = unlisted;
        Dead = dead;
        PendingPacks = pendingPacks;
        SnapshotCount = snapshotCount;
    }

    public BlobIndex Index { get; }

    public PackUse Use { get; }

    public PackSelection Selection { get; }

    /// <summary>Packs that no index object lists, with their lengths: what runs that never ended have left. None while somebody may still list them.</summary>
    public IReadOnlyDictionary<string, long> Unlisted { get; }

    /// <summary>Packs that were decided to go and are there, with their lengths: a writer that was fenced off, or a put that was late, has brought them back. In a plan also what is decided before.</summary>
    public IReadOnlyDictionary<string, long> Dead { get; }

    /// <summary>Packs that are announced, and wait for writers.</summary>
    public int PendingPacks { get; }

    /// <summary>Names of all packs that are deleted.</summary>
    public IEnumerable<string> RemovedNames => Selection.Removed.Select(p => Index.Packs[p].Name).Concat(Unlisted.Keys).Concat(Dead.Keys);

    /// <summary>Recovery points, all of which stay.</summary>
    public int SnapshotCount { get; }

    public int PacksRemoved => Selection.Removed.Count + Unlisted.Count + Dead.Count;

    public long BytesRemoved => Selection.BytesRemoved + Unlisted.Values.Sum() + Dead.Values.Sum();

    /// <summary>Plans.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="time">The clock.</param>
    /// <param name="retired">What is being retired.</param>
    /// <param name="decidable">Announced packs about which is decided before: those of which nothing is needed go.</param>
    /// <param name="busy">Whether sessions stand that may still commit.</param>
    /// <param name="maxUnusedPercent">Per cent of the packs that may stay unused.</param>
    /// <param name="onSnapshot">Told of each snapshot that was gone through, and of how many there are.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">What some snapshot needs is missing or damaged.</exception>
    public static async Task<SpacePlan> MakeAsync(Repository repository, TimeProvider time, RetiredPacks retired, IReadOnlySet<string> decidable, bool busy, double maxUnusedPercent, Action<int, int>? onSnapshot, CancellationToken cancellationToken)
    {
        var leaving = new HashSet<string>(retired.Undecided.SelectMany(static r => r.Value), StringComparer.Ordinal);
        for (int round = 1; ; round++)
        {
            IReadOnlyList<SnapshotRecord> snapshots = await new SnapshotStore(repository, time).ListRecordsAsync(SnapshotSelection.All, onDamage: null, cancellationToken);
            BlobIndex index = await IndexLoader.LoadAsync(repository, new HashSet<string>(), onDamage: null, cancellationToken);
            index.Hide(retired.Swept);
            Dictionary<string, long> unlisted = new(StringComparer.Ordinal), dead = new(StringComparer.Ordinal), announced = new(StringComparer.Ordinal);
            (int absent, string first) = await IndexLoader.HideMissingAsync(repository, index, (pack, length, isListed) =>
            {
                if (retired.Swept.Contains(pack)) dead[pack] = length;
                else if (decidable.Contains(pack)) announced[pack] = length;
                else if (!isListed && !busy && !leaving.Contains(pack)) unlisted[pack] = length;
            }, cancellationToken);
            LiveBlobs live;
            try
            {
                int done = 0;
                live = await LiveBlobs.MarkAsync(repository, index, snapshots, _ => onSnapshot?.Invoke(++done, snapshots.Count), missingStops: true, cancellationToken);
            }
            catch (BackupException e) when (round < MaximumRounds && (e.Error == BackupError.BlobMissing || e.Error == BackupError.ObjectMissing))
            {
                continue;
            }
            catch (BackupException e) when (e.Error == BackupError.BlobMissing && absent > 0)
            {
                throw new BackupException(e.Error, $"{e.Message} {absent} packs are missing or cut short, '{RepositoryLayout.Pack(first)}' among them. Nothing is deleted while a snapshot lacks something.", e.Target, e);
            }

            try
            {
                HashSet<string> waiting = [.. leaving.Except(decidable)];
                if (announced.Count > 0)
                {
                    HashSet<string> kept = Retirement.FindKept(index, live, announced.Keys, waiting, everyCopyStays: true, cancellationToken);
                    foreach ((string pack, long length) in announced.Where(a => !kept.Contains(a.Key))) dead[pack] = length;
                    index.Hide(dead.Keys);
                }

                PackUse use = PackUse.Measure(index, live, waiting, cancellationToken);
                return new SpacePlan(index, live, use, PackSelection.Choose(index, use, repository.PackLength, maxUnusedPercent), unlisted, dead, waiting.Count, snapshots.Count);
            }
            catch (InvalidDataException) when (round < MaximumRounds)
            {
                // A file of the cached index turned out to be damaged, and is gone.
                live.Dispose();
            }
            catch
            {
                live.Dispose();
                throw;
            }
        }
    }

    public void Dispose() => live.Dispose();
}
