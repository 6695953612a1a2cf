namespace BackupPS.Engine.Repositories;

/// <summary>A bit for each entry of an index, so that 20 million blobs take 2.5 MB.</summary>
/// <param name="entries">How many entries there are.</param>
internal sealed class BlobMarks(long entries)
{
    private readonly ulong[] bits = new ulong[(entries + 63) / 64];

    /// <summary>Whether an entry is marked.</summary>
    public bool Contains(long entry) => (bits[entry >> 6] >> (int)(entry & 63) & 1) != 0;

    /// <summary>Marks an entry.</summary>
    public void Add(long entry) => bits[entry >> 6] |= 1UL << (int)(entry & 63);

    /// <summary>Marks an entry; <see langword="false"/>: it was marked before.</summary>
    public bool TryAdd(long entry)
    {
        if (Contains(entry)) return false;
        Add(entry);
        return true;
    }

    /// <summary>Takes all marks away.</summary>
    public void Clear() => Array.Clear(bits);
}
