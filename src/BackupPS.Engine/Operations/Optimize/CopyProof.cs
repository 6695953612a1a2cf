using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>Reads, before packs go, the copies that stay of what is needed of them: a copy that is damaged is none.</summary>
/// <param name="repository">The repository.</param>
/// <param name="index">What counts of its index. Packs are hidden in it.</param>
/// <param name="live">What is needed.</param>
/// <param name="onDamage">Told of packs that turn out to be damaged.</param>
internal sealed class CopyProof(Repository repository, BlobIndex index, LiveBlobs live, Action<string> onDamage)
{
    private const int EntriesAtATime = 1024;

    /// <summary>Which of some packs hold something needed of which no copy that stays can be read.</summary>
    /// <param name="leaving">The packs.</param>
    /// <param name="retired">Every pack that may go, these included: their copies do not count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<HashSet<string>> FindUnprovedAsync(IReadOnlyCollection<string> leaving, IReadOnlyCollection<string> retired, CancellationToken cancellationToken)
    {
        List<(BlobId Id, int Leaving)> needed = FindNeeded(leaving, cancellationToken);
        var unproved = new HashSet<string>(StringComparer.Ordinal);
        if (needed.Count == 0) return unproved;
        index.Hide(retired);
        var copies = new List<(BlobLocation At, BlobId Id, int Leaving)>(needed.Count);
        foreach ((BlobId id, int pack) in needed)
        {
            // Which pack stays where all copies are in packs that may go is not decided by reading.
            if (index.TryFind(id, 0, out BlobLocation at)) copies.Add((at, id, pack));
        }

        // In the order in which they are stored, so that each segment is read once.
        copies.Sort(static (a, b) =>
        {
            int order = a.At.Pack.CompareTo(b.At.Pack);
            if (order == 0) order = a.At.Segment.CompareTo(b.At.Segment);
            return order != 0 ? order : a.At.Offset.CompareTo(b.At.Offset);
        });
        using var reader = new BlobReader(repository, index) { Reloads = false, OnDamage = (pack, _) => onDamage(pack) };
        foreach ((BlobLocation at, BlobId id, int pack) in copies)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                using BlobLease copy = await reader.OpenAsync(index.Packs[at.Pack].Kind, id, cancellationToken);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                unproved.Add(index.Packs[pack].Name);
            }
        }

        return unproved;
    }

    private List<(BlobId Id, int Leaving)> FindNeeded(IReadOnlyCollection<string> leaving, CancellationToken cancellationToken)
    {
        bool[] goes = new bool[index.Packs.Count];
        Span<byte> name = stackalloc byte[RepositoryLayout.PackNameLength / 2];
        foreach (string pack in leaving)
        {
            Convert.FromHexString(pack, name, out _, out _);
            if (index.TryFindPack(name, out int number) && !index.IsHidden(number)) goes[number] = true;
        }

        var needed = new List<(BlobId Id, int Leaving)>();
        var entries = new IndexEntry[EntriesAtATime];
        for (long first = 0; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = index.ReadEntries(first, entries);
            if (count == 0) return needed;
            for (int i = 0; i < count; i++)
            {
                if (entries[i].Pack >= 0 && goes[entries[i].Pack] && live.IsLive(first + i)) needed.Add((entries[i].Id, entries[i].Pack));
            }

            first += count;
        }
    }
}
