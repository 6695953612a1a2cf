using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>Reads blobs, and proves each by its id. Safe for any number of threads.</summary>
internal sealed class BlobReader : IDisposable
{
    /// <summary>
    /// Two dozen segments: neighbours in a folder are neighbours in segments, and each backup that a tree goes back to adds one or two that are
    /// read side by side, in the same order.
    /// </summary>
    public const long DefaultCacheLength = 24 * 1024 * 1024;

    private readonly Repository repository;
    private readonly SegmentReader segments;
    private readonly SegmentCache cache;
    private readonly SemaphoreSlim reloading = new(1, 1);
    private volatile BlobIndex index;
    private volatile bool reloaded;
    private bool scanned;

    public BlobReader(Repository repository, BlobIndex index, long cacheLength = DefaultCacheLength)
    {
        this.repository = repository;
        this.index = index;
        segments = new SegmentReader(repository);
        cache = new SegmentCache(cacheLength);
    }

    public BlobIndex Index => index;

    /// <summary>Whether the index is loaded anew where a blob cannot be had: not for who may rely on what this one names, and on nothing else.</summary>
    public bool Reloads { get; init; } = true;

    /// <summary>Told of each pack that is there and cannot be read, as often as that is met.</summary>
    public Action<string, BackupException>? OnDamage { get; init; }

    /// <summary>Whether a blob that the index does not have is looked for in the packs that no index object lists: for restores, which must not depend on the index.</summary>
    public bool ScansPacks { get; init; }

    /// <summary>The content of a blob, in memory of its own. As <see cref="OpenAsync"/> otherwise.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        using BlobLease blob = await OpenAsync(kind, id, cancellationToken);
        return blob.Span.ToArray();
    }

    /// <summary>
    /// The content of a blob, until the lease is disposed. Another copy is tried where one cannot be had, whatever the reason. Where none can, the index is
    /// loaded anew: for each that is missing (DESIGN section 6), and once for what cannot be read, since somebody may have stored it again.
    /// </summary>
    /// <exception cref="BackupException">It cannot be had (<see cref="BackupException.IsUnavailable"/>).</exception>
    public ValueTask<BlobLease> OpenAsync(BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        // Nearly every blob of a restore is in a segment that is at hand: those go without a task or a state machine.
        BlobIndex seen = index;
        if (seen.TryFind(id, 0, out BlobLocation location) && cache.TryGet(seen.Packs[location.Pack].Name, location.Segment, out CachedSegment segment))
        {
            if (TryProve(segment, location, kind, id, out BlobLease blob)) return new ValueTask<BlobLease>(blob);
        }

        return SearchAsync(kind, id, cancellationToken);
    }

    /// <summary>Length of a blob in bytes.</summary>
    /// <exception cref="BackupException">It is in no index (<see cref="BackupError.BlobMissing"/>).</exception>
    public int LengthOf(BlobId id) => index.TryFind(id, 0, out BlobLocation location)
        ? location.Length
        : throw new BackupException(BackupError.BlobMissing, $"The blob {id} is in no index.", id.ToString());

    public void Dispose()
    {
        segments.Dispose();
        reloading.Dispose();
    }

    private async ValueTask<BlobLease> SearchAsync(BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        BlobIndex seen = index;
        (BlobLease content, BackupException? failure) = await TryOpenAsync(seen, kind, id, cancellationToken);
        if (failure is null) return content;
        if (Reloads && (failure.Error == BackupError.ObjectMissing || failure.Error == BackupError.BlobMissing || !reloaded))
        {
            (content, failure) = await TryOpenAsync(await ReloadAsync(seen, scan: false, cancellationToken), kind, id, cancellationToken);
            if (failure is null) return content;
            if (ScansPacks) (content, failure) = await TryOpenAsync(await ReloadAsync(index, scan: true, cancellationToken), kind, id, cancellationToken);
            if (failure is null) return content;
        }

        throw failure;
    }

    private async ValueTask<(BlobLease Content, BackupException? Failure)> TryOpenAsync(BlobIndex from, BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        BackupException? failure = null;
        for (int copy = 0; from.TryFind(id, copy, out BlobLocation location); copy++)
        {
            IndexedPack pack = from.Packs[location.Pack];
            try
            {
                CachedSegment segment = await cache.GetAsync(pack.Name, location.Segment, pack.Segments[location.Segment].RawLength, (raw, token) => segments.ReadAsync(pack, location.Segment, raw, token), cancellationToken);
                if (TryProve(segment, location, kind, id, out BlobLease content)) return (content, null);
                failure = new BackupException(BackupError.ObjectDamaged, $"The blob {id} in the pack '{RepositoryLayout.Pack(pack.Name)}' does not have the content that its id stands for.", RepositoryLayout.Pack(pack.Name));
                OnDamage?.Invoke(pack.Name, failure);
            }
            catch (BackupException e) when (e.IsUnavailable)
            {
                failure = e;
                if (e.Error != BackupError.ObjectMissing) OnDamage?.Invoke(pack.Name, e);
            }
        }

        return (default, failure ?? new BackupException(BackupError.BlobMissing, $"The blob {id} is in no index.", id.ToString()));
    }

    // Takes over the caller's use of the segment.
    private bool TryProve(CachedSegment segment, in BlobLocation location, BlobKind kind, BlobId id, out BlobLease blob)
    {
        blob = default;
        bool proved = false;
        try
        {
            proved = repository.Keys.ComputeId(kind, segment.Buffer.AsSpan(0, segment.Length).Slice(location.Offset, location.Length)).Equals(id);
            if (proved) blob = new BlobLease(segment, location.Offset, location.Length);
            return proved;
        }
        finally
        {
            if (!proved) segment.Release();
        }
    }

    // After the packs were scanned there is nothing more to learn: a missing pack holds thousands of blobs, and each of them comes here.
    private async Task<BlobIndex> ReloadAsync(BlobIndex seen, bool scan, CancellationToken cancellationToken)
    {
        await reloading.WaitAsync(cancellationToken);
        try
        {
            if (scanned || !ReferenceEquals(index, seen)) return index;
            index = await IndexLoader.LoadForReadingAsync(repository, scan, onDamage: null, cancellationToken);
            scanned = scan;
            reloaded = true;
            return index;
        }
        finally
        {
            reloading.Release();
        }
    }
}
