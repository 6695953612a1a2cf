namespace BackupPS.Engine.Packing;

/// <summary>
/// Lists of the blobs of data segments, used again and again: a list lives from its segment to the index object that names it, which of a million tiny files
/// adds up to 40 MB of garbage of the kind that is collected last. Safe for any number of threads.
/// </summary>
internal sealed class BlobListPool
{
    private readonly Lock gate = new();
    private readonly Stack<List<BlobEntry>> free = [];

    /// <summary>An empty list.</summary>
    /// <param name="expected">Room that it has where it is new.</param>
    public List<BlobEntry> Rent(int expected)
    {
        lock (gate)
        {
            if (free.TryPop(out List<BlobEntry>? list)) return list;
        }

        return new List<BlobEntry>(expected);
    }

    /// <summary>Takes back the lists of a pack, of which nobody may ask for its blobs any more.</summary>
    public void Return(PackDescription pack)
    {
        lock (gate)
        {
            foreach (SegmentContents segment in pack.Segments)
            {
                // A segment that is one large blob has an array of its own.
                if (segment.Blobs is not List<BlobEntry> list) continue;
                list.Clear();
                free.Push(list);
            }
        }
    }
}
