using System.Runtime.CompilerServices;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>An open-addressed table of 40-byte entries in memory, for what no run holds. Built by one thread; then any number may look up.</summary>
internal sealed class BlobTable
{
    private IndexEntry[] table = [];

    public int Count { get; private set; }

    /// <summary>Places for entries, empty ones included.</summary>
    public int Places => table.Length;

    /// <summary>Copies out what is in some places. An empty one has the pack -1.</summary>
    public void Read(int first, Span<IndexEntry> entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            ref readonly IndexEntry entry = ref table[first + i];
            entries[i] = entry.InPack(entry.Pack - 1);
        }
    }

    /// <summary>Makes room for so many more entries.</summary>
    public void Reserve(int more)
    {
        // At most 3 of 4 places are taken, so that a search ends soon.
        long needed = (Count + (long)more + 1) * 4 / 3;
        if (needed > table.Length) Resize((int)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(needed, 1024)));
    }

    public void Add(in IndexEntry entry)
    {
        Reserve(1);
        Place(entry.InPack(entry.Pack + 1));
        Count++;
    }

    /// <summary>Finds a copy of a blob; see <see cref="IndexRun.TryFind"/>.</summary>
    public bool TryFind(BlobId id, ulong[] hidden, ref int copy, out BlobLocation location, out int place)
    {
        location = default;
        place = 0;
        if (Count == 0) return false;
        int mask = table.Length - 1;
        for (int slot = (int)id.Bits & mask; table[slot].Pack != 0; slot = (slot + 1) & mask)
        {
            if (!table[slot].Id.Equals(id)) continue;
            int pack = table[slot].Pack - 1;
            if ((hidden[pack >> 6] >> (pack & 63) & 1) != 0 || copy-- > 0) continue;
            location = table[slot].Location with { Pack = pack };
            place = slot;
            return true;
        }

        return false;
    }

    private void Resize(int length)
    {
        IndexEntry[] old = table;
        table = new IndexEntry[length];
        for (int i = 0; i < old.Length; i++)
        {
            if (old[i].Pack != 0) Place(old[i]);
        }
    }

    // A place is empty while its pack is 0: packs are kept here one higher than they are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Place(in IndexEntry entry)
    {
        int mask = table.Length - 1, slot = (int)entry.Id.Bits & mask;
        while (table[slot].Pack != 0) slot = (slot + 1) & mask;
        table[slot] = entry;
    }
}
