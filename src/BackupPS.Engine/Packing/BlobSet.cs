using System.Runtime.InteropServices;

namespace BackupPS.Engine.Packing;

/// <summary>
/// A set of blob ids for many threads: 24 bytes an entry at a load of a half to three quarters, cut into stripes so that threads seldom meet. Outside of
/// the collected heap, where tables that were outgrown would lie about: of a million files they would be as large as all that is in use.
/// </summary>
internal sealed class BlobSet : IDisposable
{
    private const int Stripes = 64;
    private readonly Stripe[] stripes = new Stripe[Stripes];

    public BlobSet()
    {
        for (int i = 0; i < Stripes; i++) stripes[i] = new Stripe();
    }

    /// <summary>Adds an id.</summary>
    /// <returns>Whether it was not there.</returns>
    public bool Add(BlobId id)
    {
        Stripe stripe = stripes[(int)(id.Bits >> 58)];
        lock (stripe) return stripe.Add(id);
    }

    public bool Contains(BlobId id)
    {
        Stripe stripe = stripes[(int)(id.Bits >> 58)];
        lock (stripe) return stripe.Contains(id);
    }

    /// <summary>Takes an id out. The memory that it took is for those to come.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(BlobId id)
    {
        Stripe stripe = stripes[(int)(id.Bits >> 58)];
        lock (stripe) return stripe.Remove(id);
    }

    /// <summary>Frees the memory; the set must not be used any more.</summary>
    public void Dispose()
    {
        foreach (Stripe stripe in stripes)
        {
            lock (stripe) stripe.Free();
        }
    }

    private sealed unsafe class Stripe
    {
        private BlobId* table;
        private int capacity;
        private int count;

        public bool Contains(BlobId id) => count > 0 && !Find(table, capacity, id)->IsZero;

        public bool Add(BlobId id)
        {
            // Checked here, so that it also holds for a set that is no longer to be used.
            if (count >= capacity / 4 * 3) Grow();
            BlobId* slot = Find(table, capacity, id);
            if (!slot->IsZero) return false;
            *slot = id;
            count++;
            return true;
        }

        public bool Remove(BlobId id)
        {
            if (count == 0) return false;
            BlobId* slot = Find(table, capacity, id);
            if (slot->IsZero) return false;
            count--;

            // Whoever comes after it up to the next gap moves up, unless that would be before its own place: a search ends at the first gap.
            int gap = (int)(slot - table);
            for (int at = Next(gap, capacity); !table[at].IsZero; at = Next(at, capacity))
            {
                if (Distance(Home(table[at], capacity), at, capacity) < Distance(gap, at, capacity)) continue;
                table[gap] = table[at];
                gap = at;
            }

            table[gap] = default;
            return true;
        }

        public void Free()
        {
            NativeMemory.Free(table);
            table = null;
            capacity = count = 0;
        }

        private void Grow()
        {
            // By half: twice as much would be empty for the most part half of the time.
            int larger = Math.Max(16, checked(capacity + (capacity / 2)));
            var next = (BlobId*)NativeMemory.AllocZeroed((nuint)larger, (nuint)sizeof(BlobId));
            for (int i = 0; i < capacity; i++)
            {
                if (!table[i].IsZero) *Find(next, larger, table[i]) = table[i];
            }

            NativeMemory.Free(table);
            table = next;
            capacity = larger;
        }

        // An id of 24 zero bytes does not occur: it would be a 192-bit coincidence, and would only cost a second copy.
        private static BlobId* Find(BlobId* table, int capacity, BlobId id)
        {
            int slot = Home(id, capacity);
            while (!table[slot].IsZero && !table[slot].Equals(id)) slot = Next(slot, capacity);
            return table + slot;
        }

        // The upper 6 of the bits chose the stripe; the 32 below them are spread over the table.
        private static int Home(BlobId id, int capacity) => (int)(((id.Bits >> 26 & uint.MaxValue) * (uint)capacity) >> 32);

        private static int Next(int slot, int capacity) => slot + 1 == capacity ? 0 : slot + 1;

        private static int Distance(int from, int to, int capacity) => to >= from ? to - from : to - from + capacity;
    }
}
