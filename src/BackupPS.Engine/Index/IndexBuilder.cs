using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>
/// Makes the index of what is listed: takes the runs of the cache, asks for the index objects that they lack, and keeps those for the next
/// command, merged with what is there, once they are many. Memory is bounded, whatever they hold.
/// </summary>
internal sealed class IndexBuilder
{
    private readonly KeySet keys;
    private readonly IndexCache cache;
    private readonly List<IndexRun> kept;
    private readonly List<IndexRun> spilled = [];
    private readonly List<IndexObject> missing = [];
    private IndexBuffer? buffer;
    private RunBuilder? builder;
    private bool inMemory;

    /// <param name="keys">The repository's keys.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="listed">The index objects that there are.</param>
    public IndexBuilder(KeySet keys, IndexCache cache, List<IndexObject> listed)
    {
        this.keys = keys;
        this.cache = cache;
        var byId = new Dictionary<string, IndexObject>(listed.Count, StringComparer.Ordinal);
        foreach (IndexObject item in listed) byId[item.Id] = item;
        kept = cache.Open(keys, byId);
        foreach (IndexObject item in listed)
        {
            if (byId.ContainsKey(item.Id)) missing.Add(item);
        }
    }

    /// <summary>The index objects that no run holds. Those that are not added are not in the index.</summary>
    public List<IndexObject> Missing => missing;

    /// <summary>Adds an index object.</summary>
    /// <param name="item">Which one.</param>
    /// <param name="body">What it says, proved.</param>
    /// <exception cref="InvalidDataException">It is not what an index object should be; nothing was added.</exception>
    public void Add(IndexObject item, ReadOnlySpan<byte> body)
    {
        // With room for the last packs before it is full.
        buffer ??= new IndexBuffer(cache.Limits.BufferedEntries / 8 * 9);

        // All of it is checked before any of it counts.
        var reader = new ByteReader(body);
        int count = reader.ReadCount(reader.Remaining);
        for (int i = 0; i < count; i++) buffer.AddPack(ref reader, add: false);
        reader.ExpectEnd();

        reader = new ByteReader(body);
        reader.ReadNumber();
        if (buffer.EntryCount == 0) buffer.Reserve(Math.Min(body.Length / (BlobId.Length + 1), cache.Limits.BufferedEntries));
        for (int i = 0; i < count; i++)
        {
            buffer.AddPack(ref reader, add: true);
            if (buffer.EntryCount >= cache.Limits.BufferedEntries) Spill(buffer);
        }

        buffer.AddObject(item);
    }

    /// <summary>The index.</summary>
    /// <param name="absentPacks">Packs whose copies count as absent.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="InvalidDataException">A file of the cache turned out to be damaged, and is deleted: to be tried anew.</exception>
    public BlobIndex Complete(IReadOnlySet<string> absentPacks, CancellationToken cancellationToken)
    {
        if (buffer is not null)
        {
            bool many = cache.Keeps && (buffer.EntryCount > cache.Limits.MemoryEntries || buffer.ObjectCount >= cache.Limits.MemoryObjects);
            if (!inMemory && (many || spilled.Count > 0)) Keep(buffer, cancellationToken);
            kept.AddRange(spilled);
            kept.Sort(static (a, b) => b.EntryCount.CompareTo(a.EntryCount));
        }

        var index = new BlobIndex(kept);
        index.Hide(absentPacks);
        if (buffer is not null) index.Add(buffer, absentPacks);
        return index;
    }

    private void Spill(IndexBuffer full)
    {
        if (inMemory) return;
        builder ??= new RunBuilder(keys);
        IndexRun? run = cache.TryCreate(keys, keep: false, file => builder.Write(file.SafeFileHandle, full));

        // Where no file can be written, the index is where it always was.
        if (run is null)
        {
            inMemory = true;
            return;
        }

        spilled.Add(run);
        full.Clear();
    }

    private void Keep(IndexBuffer rest, CancellationToken cancellationToken)
    {
        builder ??= new RunBuilder(keys);
        List<IndexRun> merged = ChooseMerged(rest);
        if (merged.Count + spilled.Count == 0)
        {
            IndexRun? run = cache.TryCreate(keys, keep: true, file => builder.Write(file.SafeFileHandle, rest));
            if (run is null) return;
            kept.Add(run);
            rest.Clear();
            return;
        }

        if (rest.ObjectCount + rest.PackCount > 0) Spill(rest);
        if (inMemory) return;
        merged.AddRange(spilled);
        IndexRun? whole = cache.TryCreate(keys, keep: true, file => builder.Write(file.SafeFileHandle, merged, cancellationToken));
        if (whole is null) return;
        foreach (IndexRun run in merged)
        {
            cache.Replace(run, by: whole);
            kept.Remove(run);
        }

        spilled.Clear();
        kept.Add(whole);
    }

    // Of the runs that are there, from the smallest on, those that are not far larger than what they are merged with. What was spilled has no
    // other way to stay.
    private List<IndexRun> ChooseMerged(IndexBuffer rest)
    {
        var chosen = new List<IndexRun>();
        if (!cache.Keeps) return chosen;
        long entries = rest.EntryCount;
        foreach (IndexRun run in spilled) entries += run.EntryCount;
        int over = kept.Count + 1 - cache.Limits.Runs;
        for (int i = kept.Count - 1; i >= 0; i--)
        {
            if (kept[i].EntryCount > entries * cache.Limits.GrowthFactor && chosen.Count >= over) break;
            chosen.Add(kept[i]);
            entries += kept[i].EntryCount;
        }

        return chosen;
    }
}
