using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>
/// Which pack, segment and offset hold a blob: an open-addressed table of 40-byte entries. A blob may have several copies. Built by one
/// thread; then any number may look up.
/// </summary>
internal sealed class BlobIndex
{
    private readonly List<IndexedPack> packs = [];
    private readonly HashSet<string> packNames = new(StringComparer.Ordinal);
    private Entry[] table = new Entry[1024];
    private int count;

    public IReadOnlyList<IndexedPack> Packs => packs;

    /// <summary>Copies in the table.</summary>
    public int Count => count;

    /// <summary>Adds the blobs of a pack. One that several index objects describe is added once.</summary>
    public void Add(PackDescription pack)
    {
        string name = pack.NameText;
        if (!packNames.Add(name)) return;
        var segments = new IndexedSegment[pack.Segments.Count];
        int packNumber = packs.Count;
        int offset = PackLayout.HeaderLength;
        for (int s = 0; s < segments.Length; s++)
        {
            SegmentContents segment = pack.Segments[s];
            segments[s] = new IndexedSegment(offset, segment.SealedLength, segment.RawLength, segment.Codec);
            offset = checked(offset + segment.SealedLength);
            int blobOffset = 0;
            foreach (BlobEntry blob in segment.Blobs)
            {
                Insert(new Entry(blob.Id, packNumber, (ushort)s, blobOffset, blob.Length));
                blobOffset += blob.Length;
            }
        }

        packs.Add(new IndexedPack { Name = name, Salt = pack.Salt, Kind = pack.Kind, Length = pack.Length, Segments = segments });
    }

    public bool Contains(BlobId id) => Find(id, 0) >= 0;

    /// <summary>A copy of the blob.</summary>
    /// <param name="id">The blob.</param>
    /// <param name="copy">0 for the first copy, 1 for the second, ...</param>
    /// <param name="location">Where it is.</param>
    public bool TryFind(BlobId id, int copy, out BlobLocation location)
    {
        int slot = Find(id, copy);
        location = slot < 0 ? default : table[slot].Location;
        return slot >= 0;
    }

    private int Find(BlobId id, int copy)
    {
        int mask = table.Length - 1;
        for (int slot = (int)id.Bits & mask; !table[slot].IsEmpty; slot = (slot + 1) & mask)
        {
            if (table[slot].Id.Equals(id) && copy-- == 0) return slot;
        }

        return -1;
    }

    private void Insert(in Entry entry)
    {
        if (count >= table.Length / 4 * 3)
        {
            Entry[] old = table;
            table = new Entry[old.Length * 2];
            foreach (ref readonly Entry existing in old.AsSpan())
            {
                if (!existing.IsEmpty) Place(existing);
            }
        }

        Place(entry);
        count++;
    }

    private void Place(in Entry entry)
    {
        int mask = table.Length - 1;
        int slot = (int)entry.Id.Bits & mask;
        while (!table[slot].IsEmpty) slot = (slot + 1) & mask;
        table[slot] = entry;
    }

    private readonly struct Entry(BlobId id, int pack, ushort segment, int offset, int length)
    {
        private readonly int packPlusOne = pack + 1;
        private readonly int offset = offset;
        private readonly int length = length;
        private readonly ushort segment = segment;

        public readonly BlobId Id = id;

        public bool IsEmpty => packPlusOne == 0;

        public BlobLocation Location => new(packPlusOne - 1, segment, offset, length);
    }
}
