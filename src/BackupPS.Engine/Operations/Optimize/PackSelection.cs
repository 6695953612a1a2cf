using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Operations.Optimize;

/// <summary>Which packs go, and which are written anew without what nobody needs.</summary>
internal sealed class PackSelection
{
    // Small ones, of less than a quarter of a pack, are joined once they fill a whole one, or once so many of a kind have come together: each is a call in
    // every verification and copy.
    private const int ManySmallPacks = 32;

    private PackSelection()
    {
    }

    /// <summary>Packs of which nothing is needed, by their numbers in the index.</summary>
    public List<int> Removed { get; } = [];

    /// <summary>Packs that are written anew.</summary>
    public List<int> Rewritten { get; } = [];

    /// <summary>Bytes of the packs that go.</summary>
    public long BytesRemoved { get; private set; }

    /// <summary>Bytes of the packs that are written anew.</summary>
    public long BytesRewritten { get; private set; }

    /// <summary>Bytes of them that are needed, as far as can be told before they are compressed again.</summary>
    public long BytesKept { get; private set; }

    /// <summary>Bytes that nobody needs and that stay, by the same measure.</summary>
    public long BytesUnused { get; private set; }

    /// <summary>Chooses.</summary>
    /// <param name="index">The index.</param>
    /// <param name="use">How much of each pack is needed.</param>
    /// <param name="packLength">Bytes of a full pack.</param>
    /// <param name="maxUnusedPercent">Per cent of the packs that may stay unused, from 0 to 100.</param>
    public static PackSelection Choose(BlobIndex index, PackUse use, int packLength, double maxUnusedPercent)
    {
        var selection = new PackSelection();
        var partly = new List<int>();
        var small = new Dictionary<BlobKind, List<int>> { [BlobKind.Data] = [], [BlobKind.Tree] = [] };
        long kept = 0;
        for (int pack = 0; pack < use.Total.Length; pack++)
        {
            if (index.IsHidden(pack) || use.IsLeaving(pack)) continue;
            long length = index.LengthOfPack(pack);
            if (use.Needed[pack] == 0)
            {
                selection.Removed.Add(pack);
                selection.BytesRemoved += length;
                continue;
            }

            kept += length;
            if (use.Needed[pack] < use.Total[pack]) partly.Add(pack);
            selection.BytesUnused += length - NeededOf(pack, length);
            if (length < packLength / 4) small[index.Packs[pack].Kind].Add(pack);
        }

        // Those first of which least is needed: that frees most for what is written.
        partly.Sort((a, b) =>
        {
            int order = (use.Needed[a] / (double)use.Total[a]).CompareTo(use.Needed[b] / (double)use.Total[b]);
            return order != 0 ? order : a.CompareTo(b);
        });
        var chosen = new HashSet<int>();
        foreach (int pack in partly)
        {
            if (selection.BytesUnused <= kept * (maxUnusedPercent / 100)) break;
            Take(pack);
        }

        foreach (List<int> some in small.Values)
        {
            some.RemoveAll(chosen.Contains);
            if (some.Count < 2) continue;
            if (some.Count >= ManySmallPacks || some.Sum(p => NeededOf(p, index.LengthOfPack(p))) >= packLength) some.ForEach(Take);
        }

        return selection;

        void Take(int pack)
        {
            long length = index.LengthOfPack(pack), needed = NeededOf(pack, length);
            chosen.Add(pack);
            selection.Rewritten.Add(pack);
            selection.BytesRewritten += length;
            selection.BytesKept += needed;
            selection.BytesUnused -= length - needed;
            kept -= length - needed;
        }

        long NeededOf(int pack, long length) => (long)(length * (use.Needed[pack] / (double)use.Total[pack]));
    }
}
