using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>
/// How much of each pack is needed, counted by blobs. Of a blob with several copies one counts: that in the pack of which most is needed, so that the other
/// copies leave whole packs rather than halves of all.
/// </summary>
internal sealed class PackUse
{
    private const int EntriesAtATime = 1024;

    private readonly BlobIndex index;
    private readonly LiveBlobs live;
    private readonly bool[] leaving;
    private readonly long[] liveBytes;

    private PackUse(BlobIndex index, LiveBlobs live, IReadOnlySet<string> leaving)
    {
        this.index = index;
        this.live = live;
        this.leaving = new bool[index.Packs.Count];
        liveBytes = new long[index.Packs.Count];
        Total = new long[index.Packs.Count];
        Needed = new long[index.Packs.Count];
        Span<byte> name = stackalloc byte[RepositoryLayout.PackNameLength / 2];
        foreach (string pack in leaving)
        {
            Convert.FromHexString(pack, name, out _, out _);
            if (index.TryFindPack(name, out int number)) this.leaving[number] = true;
        }
    }

    /// <summary>Bytes of all blobs of a pack, before compression.</summary>
    public long[] Total { get; }

    /// <summary>Bytes of the blobs that are needed in this pack and in no other.</summary>
    public long[] Needed { get; }

    /// <summary>Whether a pack is being retired already: its copies count only where there is no other.</summary>
    public bool IsLeaving(int pack) => leaving[pack];

    /// <summary>Counts.</summary>
    /// <param name="index">The index, without packs that do not count.</param>
    /// <param name="live">What is needed.</param>
    /// <param name="leaving">Names of packs that are being retired.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static PackUse Measure(BlobIndex index, LiveBlobs live, IReadOnlySet<string> leaving, CancellationToken cancellationToken)
    {
        var use = new PackUse(index, live, leaving);
        use.ForEach((entry, isLive) =>
        {
            use.Total[entry.Pack] += entry.BlobLength;
            if (isLive) use.liveBytes[entry.Pack] += entry.BlobLength;
        }, cancellationToken);
        use.ForEach((entry, isLive) =>
        {
            if (isLive && use.Choose(entry.Id) == entry.Location) use.Needed[entry.Pack] += entry.BlobLength;
        }, cancellationToken);
        return use;
    }

    /// <summary>Whether a copy is the one of its blob that counts.</summary>
    public bool IsNeeded(BlobId id, in BlobLocation at) => index.TryFind(id, 0, out _, out long entry) && live.IsLive(entry) && Choose(id) == at;

    private BlobLocation Choose(BlobId id)
    {
        BlobLocation best = default;
        for (int copy = 0; index.TryFind(id, copy, out BlobLocation at); copy++)
        {
            if (copy == 0 || IsBetter(at.Pack, best.Pack)) best = at;
        }

        return best;
    }

    // Of two that are equally good, both runs of a comparison must choose the same.
    private bool IsBetter(int pack, int than)
    {
        if (leaving[pack] != leaving[than]) return leaving[than];
        return liveBytes[pack] != liveBytes[than] ? liveBytes[pack] > liveBytes[than] : pack < than;
    }

    private void ForEach(Action<IndexEntry, bool> take, CancellationToken cancellationToken)
    {
        var entries = new IndexEntry[EntriesAtATime];
        for (long first = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = index.ReadEntries(first, entries);
            if (count == 0) return;
            for (int i = 0; i < count; i++)
            {
                if (entries[i].Pack >= 0 && !index.IsHidden(entries[i].Pack)) take(entries[i], live.IsLive(first + i));
            }

            first += count;
        }
    }
}
