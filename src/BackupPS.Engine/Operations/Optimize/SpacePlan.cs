using BackupPS.Engine.Index;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>What of a repository is needed, and what may go: found by reading alone.</summary>
internal sealed class SpacePlan : IDisposable
{
    // Others prune and remove at the same time: what is missing then is there, or is not needed any more, at the next look.
    private const int MaximumRounds = 5;

    private readonly LiveBlobs live;

    private SpacePlan(BlobIndex index, LiveBlobs live, PackUse use, PackSelection selection, IReadOnlyDictionary<string, long> unlisted, IReadOnlyDictionary<string, long> dead, IReadOnlyDictionary<string, long> lost, int pendingPacks, int snapshotCount)
    {
        Index = index;
        this.live = live;
        Use = use;
        Selection = selection;
        Unlisted = unlisted;
        Dead = dead;
        Lost = lost;
        PendingPacks = pendingPacks;
        SnapshotCount = snapshotCount;
    }

    public BlobIndex Index { get; }

    public PackUse Use { get; }

    public PackSelection Selection { get; }

    /// <summary>Packs that no index object lists, with their lengths: what runs that never ended have left. None while somebody may still list them.</summary>
    public IReadOnlyDictionary<string, long> Unlisted { get; }

    /// <summary>Packs that were decided to go and are there, with their lengths: a writer that was fenced off, or a put that was late, has brought them back. They are retired anew. In a plan also what is decided before.</summary>
    public IReadOnlyDictionary<string, long> Dead { get; }

    /// <summary>Packs that the index lists, and that are gone or cut short: nothing is needed of them, for all that snapshots need is elsewhere. With the lengths of what is left.</summary>
    public IReadOnlyDictionary<string, long> Lost { get; }

    /// <summary>Packs that are announced, and wait for writers.</summary>
    public int PendingPacks { get; }

    /// <summary>Names of all packs that are deleted.</summary>
    public IEnumerable<string> RemovedNames => Selection.Removed.Select(p => Index.Packs[p].Name).Concat(Unlisted.Keys).Concat(Dead.Keys).Concat(Lost.Keys);

    /// <summary>Recovery points, all of which stay.</summary>
    public int SnapshotCount { get; }

    public int PacksRemoved => Selection.Removed.Count + Unlisted.Count + Dead.Count + Lost.Count;

    public long BytesRemoved => Selection.BytesRemoved + Unlisted.Values.Sum() + Dead.Values.Sum() + Lost.Values.Sum();

    /// <summary>Plans.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="rule">Says whether anything may be deleted.</param>
    /// <param name="retired">What is being retired.</param>
    /// <param name="decidable">Announced packs about which is decided before: those of which nothing is needed go.</param>
    /// <param name="busy">Whether sessions stand that may still commit.</param>
    /// <param name="maxUnusedPercent">Per cent of the packs that may stay unused.</param>
    /// <param name="onlyPlan">Whether nothing comes of it: where an index object cannot be read, the packs are read in its place.</param>
    /// <param name="onSnapshot">Told of each snapshot that was gone through, and of how many there are.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">What some snapshot needs is missing or damaged, or it is not sure that all snapshots are seen.</exception>
    public static async Task<SpacePlan> MakeAsync(Repository repository, DeletionRule rule, RetiredPacks retired, IReadOnlySet<string> decidable, bool busy, double maxUnusedPercent, bool onlyPlan, Action<int, int>? onSnapshot, CancellationToken cancellationToken)
    {
        var leaving = new HashSet<string>(retired.Undecided.SelectMany(static r => r.Value.Packs).Concat(retired.Doubtful), StringComparer.Ordinal);
        if (retired.Unknown.Count > 0) throw Retirement.UnknownDecision(retired.Unknown[0]);
        for (int round = 1; ; round++)
        {
            IReadOnlyList<SnapshotRecord> snapshots = (await rule.AskAsync(cancellationToken)).Snapshots;
            BlobIndex index = onlyPlan
                ? await IndexLoader.LoadForReadingAsync(repository, scanPacks: false, onDamage: null, cancellationToken)
                : await IndexLoader.LoadAsync(repository, new HashSet<string>(), onDamage: null, cancellationToken);
            index.Hide(retired.Swept);
            Dictionary<string, long> unlisted = new(StringComparer.Ordinal), dead = new(StringComparer.Ordinal), announced = new(StringComparer.Ordinal);
            (int absent, string first) = await IndexLoader.HideMissingAsync(repository, index, (pack, length, isListed) =>
            {
                if (retired.Swept.Contains(pack)) dead[pack] = length;
                else if (decidable.Contains(pack)) announced[pack] = length;
                else if (!isListed && !busy && !leaving.Contains(pack)) unlisted[pack] = length;
            }, cancellationToken);
            Dictionary<string, long> lost = absent == 0 ? [] : await FindLostAsync(repository, index, retired, leaving, cancellationToken);
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
                return new SpacePlan(index, live, use, PackSelection.Choose(index, use, repository.PackLength, maxUnusedPercent), unlisted, dead, lost, waiting.Count, snapshots.Count);
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

    private static async Task<Dictionary<string, long>> FindLostAsync(Repository repository, BlobIndex index, RetiredPacks retired, HashSet<string> leaving, CancellationToken cancellationToken)
    {
        var lost = new Dictionary<string, long>(StringComparer.Ordinal);
        for (int number = 0; number < index.Packs.Count; number++)
        {
            string pack = index.Packs[number].Name;
            if (index.IsHidden(number) && !retired.Swept.Contains(pack) && !leaving.Contains(pack)) lost[pack] = Math.Max(0, await repository.Store.GetLengthAsync(RepositoryLayout.Pack(pack), cancellationToken));
        }

        return lost;
    }
}
