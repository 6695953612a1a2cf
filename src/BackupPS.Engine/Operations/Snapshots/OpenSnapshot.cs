namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>A snapshot that <see cref="OpenSnapshots"/> has opened.</summary>
/// <param name="repository">What the repository was called.</param>
/// <param name="reading">The snapshot.</param>
/// <param name="ignoresCase">Whether a name that is not there is looked for in other cases.</param>
internal sealed class OpenSnapshot(string repository, SnapshotReading reading, bool ignoresCase) : IAsyncDisposable
{
    public string Repository => repository;

    public SnapshotReading Reading => reading;

    public ItemLookup Items { get; } = new(reading.Trees, reading.Root, ignoresCase);

    /// <summary>Held while <see cref="Items"/> is used.</summary>
    public SemaphoreSlim ItemsGate { get; } = new(1, 1);

    /// <summary>How many have it. Changed under the lock of <see cref="OpenSnapshots"/>, as the next two.</summary>
    public int Users { get; set; }

    /// <summary>When the last of them gave it back.</summary>
    public long Returned { get; set; }

    /// <summary>Whether the next may have it.</summary>
    public bool IsKept { get; set; } = true;

    public ValueTask DisposeAsync()
    {
        ItemsGate.Dispose();
        return reading.DisposeAsync();
    }
}
