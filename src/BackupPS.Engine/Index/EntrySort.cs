using System.Runtime.CompilerServices;

namespace BackupPS.Engine.Index;

/// <summary>Sorts entries by id in linear time: ids are keyed hashes and therefore uniform, so that one distribution by their first bits leaves only a few to compare.</summary>
internal static class EntrySort
{
    // A bucket with more than this is not chance but a blob of many copies, or ids that are not hashes: there, insertion could take quadratic time.
    private const int InsertionLimit = 64;

    /// <summary>Sorts <paramref name="entries"/> into <paramref name="sorted"/>; entries of one id keep their order, unless there are very many.</summary>
    /// <param name="entries">The entries; they stay as they are.</param>
    /// <param name="sorted">Of the same length.</param>
    /// <param name="commonBits">How many first bits are the same in all ids, at most 32.</param>
    public static void Sort(ReadOnlySpan<IndexEntry> entries, Span<IndexEntry> sorted, int commonBits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sorted.Length, entries.Length);

        // Four entries a bucket: the counts take a tenth of the space of the entries, and insertion does two steps an entry.
        int bits = Math.Clamp(System.Numerics.BitOperations.Log2((uint)entries.Length | 1) - 2, 1, 20);
        int[] ends = new int[(1 << bits) + 1];
        for (int i = 0; i < entries.Length; i++) ends[BucketOf(entries[i], commonBits, bits) + 1]++;
        for (int b = 1; b < ends.Length; b++) ends[b] += ends[b - 1];
        for (int i = 0; i < entries.Length; i++) sorted[ends[BucketOf(entries[i], commonBits, bits)]++] = entries[i];

        // Each place has moved from the start of its bucket to its end.
        int start = 0;
        for (int b = 0; b < ends.Length - 1; b++)
        {
            SortBucket(sorted[start..ends[b]]);
            start = ends[b];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BucketOf(in IndexEntry entry, int commonBits, int bits) => (int)((entry.Id.High << commonBits) >> (64 - bits));

    private static void SortBucket(Span<IndexEntry> bucket)
    {
        if (bucket.Length > InsertionLimit)
        {
            bucket.Sort(static (a, b) => a.Id.CompareTo(b.Id));
            return;
        }

        for (int i = 1; i < bucket.Length; i++)
        {
            IndexEntry entry = bucket[i];
            int at = i;
            for (; at > 0 && bucket[at - 1].Id.CompareTo(entry.Id) > 0; at--) bucket[at] = bucket[at - 1];
            bucket[at] = entry;
        }
    }
}
