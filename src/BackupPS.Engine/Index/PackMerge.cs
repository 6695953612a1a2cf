namespace BackupPS.Engine.Index;

/// <summary>Makes one table of packs out of several: in the order of names, each pack once.</summary>
internal sealed class PackMerge
{
    private readonly List<byte[]> sources = [];
    private readonly List<(int Source, int Pack)> order = [];
    private int[][] numbers = [];

    /// <summary>The packs of the new table by their places in the old ones.</summary>
    public IReadOnlyList<(int Source, int Pack)> Order => order;

    /// <summary>The new table, <see cref="RunHeader.PackLength"/> bytes a pack.</summary>
    public byte[] Packs { get; private set; } = [];

    /// <summary>Segments of all packs together.</summary>
    public int SegmentCount { get; private set; }

    public void Add(ReadOnlySpan<byte> packs) => sources.Add(packs.ToArray());

    /// <summary>The new number of each pack of a source; -1 for one that another entry of the table stands for.</summary>
    public int[] NumbersOf(int source) => numbers[source];

    public void Complete()
    {
        for (int s = 0; s < sources.Count; s++)
        {
            for (int p = 0; p < sources[s].Length / RunHeader.PackLength; p++) order.Add((s, p));
        }

        // The first of equal names wins, so that the outcome does not hang on the way of sorting.
        order.Sort((a, b) => Name(a).SequenceCompareTo(Name(b)) is var byName and not 0 ? byName : a.CompareTo(b));
        numbers = [.. sources.Select(static s => new int[s.Length / RunHeader.PackLength])];
        int count = 0;
        for (int i = 0; i < order.Count; i++)
        {
            (int source, int pack) = order[i];
            bool isNew = count == 0 || !Name(order[count - 1]).SequenceEqual(Name(order[i]));
            numbers[source][pack] = isNew ? count : -1;
            if (isNew) order[count++] = order[i];
        }

        order.RemoveRange(count, order.Count - count);
        Packs = new byte[count * RunHeader.PackLength];
        for (int i = 0; i < count; i++)
        {
            Span<byte> pack = Packs.AsSpan(i * RunHeader.PackLength, RunHeader.PackLength);
            Record(order[i]).CopyTo(pack);
            PackRecord.SetFirstSegment(pack, SegmentCount);
            SegmentCount = checked(SegmentCount + PackRecord.Segments(pack));
        }
    }

    private ReadOnlySpan<byte> Record((int Source, int Pack) place) => sources[place.Source].AsSpan(place.Pack * RunHeader.PackLength, RunHeader.PackLength);

    private ReadOnlySpan<byte> Name((int Source, int Pack) place) => Record(place)[..PackRecord.NameLength];
}
