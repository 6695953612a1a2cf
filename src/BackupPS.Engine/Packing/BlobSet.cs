namespace BackupPS.Engine.Packing;

/// <summary>A set of blob ids for many threads: 24 bytes an entry at a load of at most 3/4, cut into stripes so that threads seldom meet.</summary>
internal sealed class BlobSet
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

    private sealed class Stripe
    {
        private BlobId[] table = new BlobId[16];
        private int count;

        public bool Contains(BlobId id) => !table[Find(table, id)].IsZero;

        public bool Add(BlobId id)
        {
            int slot = Find(table, id);
            if (!table[slot].IsZero) return false;
            table[slot] = id;
            if (++count > table.Length / 4 * 3) Grow();
            return true;
        }

        private void Grow()
        {
            var larger = new BlobId[table.Length * 2];
            foreach (BlobId id in table)
            {
                if (!id.IsZero) larger[Find(larger, id)] = id;
            }

            table = larger;
        }

        // An id of 24 zero bytes does not occur: it would be a 192-bit coincidence, and would only cost a second copy.
        private static int Find(BlobId[] table, BlobId id)
        {
            int mask = table.Length - 1;
            int slot = (int)id.Bits & mask;
            while (!table[slot].IsZero && !table[slot].Equals(id)) slot = (slot + 1) & mask;
            return slot;
        }
    }
}
