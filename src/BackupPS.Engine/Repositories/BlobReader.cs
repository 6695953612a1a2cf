using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories;

/// <summary>Reads blobs, and proves each by its id. Safe for any number of threads.</summary>
internal sealed class BlobReader : IDisposable
{
    /// <summary>Holds the segments of some seconds of restoring: neighbours in a folder are neighbours in segments.</summary>
    public const long DefaultCacheLength = 32 * 1024 * 1024;

    private readonly Repository repository;
    private readonly SegmentReader segments;
    private readonly SegmentCache cache;
    private readonly SemaphoreSlim reloading = new(1, 1);
    private volatile BlobIndex index;
    private bool scanned;

    public BlobReader(Repository repository, BlobIndex index, long cacheLength = DefaultCacheLength)
    {
        this.repository = repository;
        this.index = index;
        segments = new SegmentReader(repository);
        cache = new SegmentCache(cacheLength);
    }

    public BlobIndex Index => index;

    /// <summary>Whether a blob that the index does not have is looked for in the packs that no index object lists: for restores, which must not depend on the index.</summary>
    public bool ScansPacks { get; init; }

    /// <summary>The content of a blob. Another copy is tried where one cannot be read; a missing pack makes the index load anew (DESIGN section 6).</summary>
    /// <exception cref="BackupException"><see cref="BackupError.BlobMissing"/>, <see cref="BackupError.ObjectMissing"/> or <see cref="BackupError.ObjectDamaged"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        BlobIndex seen = index;
        (ReadOnlyMemory<byte> content, BackupException? failure) = await TryReadAsync(seen, kind, id, cancellationToken);
        if (failure is null) return content;
        if (failure.Error == BackupError.ObjectMissing || failure.Error == BackupError.BlobMissing)
        {
            (content, failure) = await TryReadAsync(await ReloadAsync(seen, scan: false, cancellationToken), kind, id, cancellationToken);
            if (failure is null) return content;
            if (ScansPacks) (content, failure) = await TryReadAsync(await ReloadAsync(index, scan: true, cancellationToken), kind, id, cancellationToken);
            if (failure is null) return content;
        }

        throw failure;
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

    private async ValueTask<(ReadOnlyMemory<byte> Content, BackupException? Failure)> TryReadAsync(BlobIndex from, BlobKind kind, BlobId id, CancellationToken cancellationToken)
    {
        BackupException? failure = null;
        for (int copy = 0; from.TryFind(id, copy, out BlobLocation location); copy++)
        {
            IndexedPack pack = from.Packs[location.Pack];
            try
            {
                byte[] segment = await cache.GetAsync(pack.Name, location.Segment, pack.Segments[location.Segment].RawLength, () => segments.ReadAsync(pack, location.Segment, cancellationToken));
                ReadOnlyMemory<byte> content = segment.AsMemory(location.Offset, location.Length);
                if (repository.Keys.ComputeId(kind, content.Span).Equals(id)) return (content, null);
                failure = new BackupException(BackupError.ObjectDamaged, $"The blob {id} in the pack '{RepositoryLayout.Pack(pack.Name)}' does not have the content that its id stands for.", RepositoryLayout.Pack(pack.Name));
            }
            catch (BackupException e) when (e.Error == BackupError.ObjectMissing || e.Error == BackupError.ObjectDamaged)
            {
                failure = e;
            }
        }

        return (default, failure ?? new BackupException(BackupError.BlobMissing, $"The blob {id} is in no index.", id.ToString()));
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
            return index;
        }
        finally
        {
            reloading.Release();
        }
    }
}
