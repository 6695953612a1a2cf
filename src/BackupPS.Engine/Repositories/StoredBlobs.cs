using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// What a run relies on in place of storing it: the blobs that the index says are there. A pack that turns out to be damaged counts as absent from then on. Where
/// that is asked for, each blob is read and proved before it is relied on; so is, once damage was found, what the run could store again because it has read it
/// from the source. Any number of threads.
/// </summary>
/// <param name="repository">The repository.</param>
/// <param name="index">What counts of its index. Packs are hidden in it.</param>
/// <param name="provesAll">Whether everything is proved.</param>
/// <param name="seed">Chooses what a spot check reads.</param>
/// <param name="onWarning">Told of each pack that turns out to be damaged.</param>
internal sealed class StoredBlobs(Repository repository, BlobIndex index, bool provesAll, uint seed, Action<string>? onWarning) : IDisposable
{
    // A segment of each: some milliseconds, however large the repository is.
    private const int SpotChecks = 4;

    private readonly BlobReader reader = new(repository, index) { Reloads = false };
    private readonly BlobSet proved = new();

    // Of each pack that was relied on, the number of a segment, drawn of those that hold something of it, and one; 0: it was not.
    private readonly int[] relied = new int[index.Packs.Count];
    private readonly Lock gate = new();
    private readonly SortedSet<string> damaged = new(StringComparer.Ordinal);
    private volatile bool doubts;
    private long proofs;

    /// <summary>How many blobs were read and proved.</summary>
    public long ProvedCount => Interlocked.Read(ref proofs);

    /// <summary>Packs that turned out to be damaged.</summary>
    public IReadOnlyCollection<string> DamagedPacks
    {
        get
        {
            lock (gate) return [.. damaged];
        }
    }

    /// <summary>Those of them that the run had relied on before: what it names may not be there.</summary>
    public IReadOnlyList<string> ReliedOnDamage
    {
        get
        {
            lock (gate) return [.. damaged.Where(pack => TryFind(pack, out int number) && relied[number] > 0)];
        }
    }

    /// <summary>Whether a blob is there.</summary>
    /// <param name="id">The blob.</param>
    /// <param name="isRead">Whether the run has its content and can store it as well: then it is relied on only where there is no doubt.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public bool Contains(BlobId id, bool isRead, CancellationToken cancellationToken)
    {
        if (!index.TryFind(id, 0, out BlobLocation at)) return false;
        if (provesAll || (doubts && isRead)) return TryProve(id, cancellationToken);
        int drawn = relied[at.Pack];
        if (drawn == 0 || (drawn != at.Segment + 1 && Draw(at.Segment) < Draw(drawn - 1))) relied[at.Pack] = at.Segment + 1;
        return true;
    }

    /// <summary>
    /// Reads a segment of a few packs that the run has relied on, others each time: damage that nobody has looked for is found sooner or later, and at once where
    /// there are few packs.
    /// </summary>
    public async Task SpotCheckAsync(CancellationToken cancellationToken)
    {
        using var segments = new SegmentReader(repository);
        foreach (int number in Enumerable.Range(0, relied.Length).Where(n => relied[n] > 0 && !index.IsHidden(n)).OrderBy(Draw).Take(SpotChecks))
        {
            IndexedPack pack = index.Packs[number];
            int segment = relied[number] - 1;
            try
            {
                await segments.ReadAsync(pack, segment, new byte[pack.Segments[segment].RawLength], cancellationToken);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                Distrust(pack.Name, e);
            }
        }
    }

    /// <summary>A pack that cannot be read counts as absent from here on.</summary>
    public void Distrust(string pack, BackupException reason)
    {
        lock (gate)
        {
            if (!damaged.Add(pack)) return;
            if (TryFind(pack, out int number)) index.Hide(number);
            doubts = true;
        }

        onWarning?.Invoke($"{reason.Message} What this run needs of it is stored again where the sources still have it.");
    }

    public void Dispose()
    {
        reader.Dispose();
        proved.Dispose();
    }

    private uint Draw(int number) => unchecked(((uint)number ^ seed) * 0x9E3779B1u);

    private bool TryFind(string pack, out int number) => index.TryFindPack(Convert.FromHexString(pack), out number);

    private bool TryProve(BlobId id, CancellationToken cancellationToken)
    {
        if (proved.Contains(id)) return true;
        while (index.TryFind(id, 0, out BlobLocation at))
        {
            IndexedPack pack = index.Packs[at.Pack];
            try
            {
                ValueTask<BlobLease> opening = reader.OpenAsync(pack.Kind, id, cancellationToken);
                using BlobLease blob = opening.IsCompletedSuccessfully ? opening.Result : opening.AsTask().GetAwaiter().GetResult();
                if (proved.Add(id)) Interlocked.Increment(ref proofs);
                return true;
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                Distrust(pack.Name, e);
            }
        }

        return false;
    }
}
