namespace BackupPS.Engine.Index;

/// <summary>Where the index passes from memory to files.</summary>
internal sealed record IndexLimits
{
    /// <summary>Entries that are sorted in memory while an index is built: 10 MB, twice.</summary>
    public int BufferedEntries { get; init; } = 256 * 1024;

    /// <summary>More entries than this from index objects that no run covers become a run. Fewer are read anew in some 3 ms, which writing a file each time would not be worth.</summary>
    public int MemoryEntries { get; init; } = 32 * 1024;

    /// <summary>So many index objects become a run, too: each costs a call to the store, which may be far away.</summary>
    public int MemoryObjects { get; init; } = 16;

    /// <summary>More runs than this are merged: each is asked for every blob.</summary>
    public int Runs { get; init; } = 6;

    /// <summary>A run is merged with younger ones once they have a quarter of its entries: so an entry is written anew a few times, however often the index grows.</summary>
    public int GrowthFactor { get; init; } = 4;

    /// <summary>Up to so many bytes a run is checked whole when it is opened; see <see cref="IndexRun"/>.</summary>
    public long CheckedWhole { get; init; } = IndexRun.CheckedWhole;
}
