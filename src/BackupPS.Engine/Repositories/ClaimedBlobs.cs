using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// The blobs that a run has claimed. Those that it has not indexed yet are in memory; the others move to runs in files, so that memory is bounded, however
/// many there are. A blob is never in neither while it moves. Any number of threads may ask and add.
/// </summary>
internal sealed class ClaimedBlobs : IDisposable
{
    /// <summary>So many indexed blobs become a run: 4 MB while it is sorted, three times. Below that they may as well stay.</summary>
    public const int BlobsPerRun = 64 * 1024;

    private readonly KeySet keys;
    private readonly IndexCache cache;
    private readonly int blobsPerRun;
    private readonly BlobSet inMemory = new();
    private readonly IndexBuffer indexed = new();
    private readonly RunBuilder builder;
    private volatile IndexRun[] runs = [];
    private bool stays;

    /// <param name="keys">The repository's keys.</param>
    /// <param name="cache">Makes files.</param>
    /// <param name="blobsPerRun">How many indexed blobs become a run.</param>
    public ClaimedBlobs(KeySet keys, IndexCache cache, int blobsPerRun = BlobsPerRun)
    {
        this.keys = keys;
        this.cache = cache;
        this.blobsPerRun = blobsPerRun;
        builder = new RunBuilder(keys);
    }

    /// <summary>How many runs there are.</summary>
    public int RunCount => runs.Length;

    public bool Contains(BlobId id) => inMemory.Contains(id) || IsInRun(id);

    /// <summary>Claims a blob.</summary>
    /// <returns>Whether nobody had.</returns>
    public bool Add(BlobId id)
    {
        if (!inMemory.Add(id)) return false;

        // After that: one that moved meanwhile was in a run before it left the memory.
        if (!IsInRun(id)) return true;
        inMemory.Remove(id);
        return false;
    }

    /// <summary>Takes note that a pack and an index object that lists it are stored for good. One thread at a time.</summary>
    public void AddIndexed(PackDescription pack)
    {
        if (stays) return;
        indexed.Add(pack);
        if (indexed.EntryCount >= blobsPerRun) Move();
    }

    /// <summary>Frees the memory; nothing must be asked any more.</summary>
    public void Dispose() => inMemory.Dispose();

    private bool IsInRun(BlobId id)
    {
        foreach (IndexRun run in runs)
        {
            int copy = 0;
            if (run.TryFind(id, hidden: null, ref copy, out _, out _)) return true;
        }

        return false;
    }

    private void Move()
    {
        IndexRun? run = cache.TryCreate(keys, keep: false, file => builder.Write(file.SafeFileHandle, indexed));

        // Where no file can be written, they stay where they are.
        stays = run is null;
        if (run is not null)
        {
            runs = [.. runs, run];
            foreach (ref readonly IndexEntry entry in indexed.Entries) inMemory.Remove(entry.Id);
            if (runs.Length > cache.Limits.Runs) Merge();
        }

        indexed.Clear();
    }

    // Of the runs, from the smallest on, those that are not far larger than what they are merged with: so an entry is written anew a few times, no more.
    private void Merge()
    {
        IndexRun[] bySize = [.. runs];
        Array.Sort(bySize, static (a, b) => a.EntryCount.CompareTo(b.EntryCount));
        int count = 0;
        long entries = 0;
        while (count < bySize.Length && (count < 2 || bySize[count].EntryCount <= entries * cache.Limits.GrowthFactor)) entries += bySize[count++].EntryCount;
        try
        {
            IndexRun? merged = cache.TryCreate(keys, keep: false, file => builder.Write(file.SafeFileHandle, bySize[..count], CancellationToken.None));
            if (merged is null) stays = true;
            else runs = [merged, .. bySize[count..]];
        }
        catch (InvalidDataException)
        {
            // What a damaged file held is stored a second time, should it come again: that costs space, and nothing else.
            stays = true;
        }
    }
}
