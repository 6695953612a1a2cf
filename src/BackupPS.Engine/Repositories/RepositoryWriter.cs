using System.Buffers;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Adds to a repository within one session: blobs into segments, segments into packs, packs into the store, then the index, then the
/// snapshot. Nothing that it puts is seen by anybody before the snapshot is committed.
/// </summary>
internal sealed class RepositoryWriter : IPackSink, IBlobSaver, IAsyncDisposable
{
    // DESIGN section 5: an interrupted backup loses at most so much of what it had stored.
    private const int PacksPerIndex = 8;

    // Of tiny files, a pack or two: an index object, and what is kept of each blob until there is one, stay at some 2 MB each.
    private const int BlobsPerIndex = 80 * 1024;
    private static readonly TimeSpan IndexInterval = TimeSpan.FromSeconds(60);

    // While a pack is uploaded, the next ones may take as much again before they wait for it: of data that does not compress, two workers fill 32 MiB
    // in less time than a fast disk takes to make as much durable. Other data fills them slowly, and takes little more than one pack.
    private const long PackMemory = PackAssembler.PackLength * 2L;

    private readonly Repository repository;
    private readonly IdSource ids;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource failed;
    private readonly CancellationTokenSource uploadsStopped = new();
    private readonly ClaimedBlobs claimed;
    private readonly BlobListPool lists = new();
    private readonly PackAssembler dataPacks;
    private readonly PackAssembler treePacks;
    private readonly SegmentWriter trees;
    private readonly Lock treeGate = new();
    private readonly SlabPool slabs;
    private readonly List<PackDescription> unindexed = [];

    // Footers and index objects, which of tiny files are megabytes, one after the other.
    private readonly ByteWriter scratch = new();
    private readonly SemaphoreSlim uploading = new(1, 1);
    private long indexedBlobs;
    private Task keeping = Task.CompletedTask;
    private long lastIndex;
    private long bytesAdded;
    private long bytesStored;
    private int packsStored;
    private Exception? failure;

    private RepositoryWriter(Repository repository, WriterSession session, BlobIndex index, StoredBlobs stored, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        Stored = stored;
        this.repository = repository;
        this.ids = ids;
        this.time = time;
        Session = session;
        Index = index;
        claimed = new ClaimedBlobs(repository.Keys, repository.IndexCache);
        failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        slabs = new SlabPool(PackMemory, WaitForUpload);
        dataPacks = new PackAssembler(repository.Keys, BlobKind.Data, slabs, this, repository.PackLength);

        // A pack of trees fills over the whole run, beside those of data that come and go: half of their length, for the sake of memory.
        treePacks = new PackAssembler(repository.Keys, BlobKind.Tree, slabs, this, repository.PackLength / 2);
        trees = new SegmentWriter(treePacks, repository.Config.Codec, SegmentWriter.TreeLength);
        lastIndex = time.GetTimestamp();
    }

    public WriterSession Session { get; }

    /// <summary>What the repository held when the session began, without what is being retired.</summary>
    public BlobIndex Index { get; }

    /// <summary>What of that is relied on.</summary>
    public StoredBlobs Stored { get; }

    /// <summary>Bytes of blobs that the repository lacked, before compression.</summary>
    public long BytesAdded => Interlocked.Read(ref bytesAdded);

    /// <summary>Bytes of packs and index objects put.</summary>
    public long BytesStored => Interlocked.Read(ref bytesStored);

    /// <summary>Packs put.</summary>
    public int PacksStored => Volatile.Read(ref packsStored);

    /// <summary>Cancelled when the caller cancels, or when an upload has failed.</summary>
    public CancellationToken Stopped => failed.Token;

    /// <summary>Begins a session, and in its shelter loads what the repository holds; the order matters (DESIGN section 6).</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="record">Who writes.</param>
    /// <param name="ids">Draws ids.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onWarning">Told what is damaged or missing. It counts as absent and is stored again: that costs space, and heals.</param>
    /// <param name="cancellationToken">Ends the call, and the writer.</param>
    /// <param name="damaged">Packs that are known to be damaged: their copies count as absent.</param>
    /// <param name="provesAll">Whether whatever the repository has is read and proved before it is relied on.</param>
    public static async Task<RepositoryWriter> BeginAsync(Repository repository, SessionRecord record, IdSource ids, TimeProvider time, Action<string>? onWarning, CancellationToken cancellationToken, IReadOnlySet<string>? damaged = null, bool provesAll = false)
    {
        WriterSession session = await WriterSession.BeginAsync(repository, record, ids, time, cancellationToken);
        try
        {
            RetiredPacks retired = await RetiredPacks.LoadForWritingAsync(repository, cancellationToken);
            BlobIndex index = await IndexLoader.LoadForWritingAsync(repository, retired.All, onWarning, cancellationToken);
            if (damaged is not null) index.Hide(damaged);
            retired.HideUnknown(index, onWarning);
            return new RepositoryWriter(repository, session, index, new StoredBlobs(repository, index, provesAll, Convert.ToUInt32(session.Id[..8], 16), onWarning), ids, time, cancellationToken);
        }
        catch
        {
            await TryEndAsync(session);
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the repository has the blob, or this run has stored it.</summary>
    public bool Has(BlobId id) => Stored.Contains(id, isRead: false, failed.Token) || claimed.Contains(id);

    /// <summary>Claims a blob that nobody has: whoever gets <see langword="true"/> must store it.</summary>
    public bool TryClaim(BlobId id, int length)
    {
        if (Stored.Contains(id, isRead: true, failed.Token) || !claimed.Add(id)) return false;
        Interlocked.Add(ref bytesAdded, length);
        return true;
    }

    /// <summary>A writer of data segments for one worker.</summary>
    public SegmentWriter CreateDataWriter() => new(dataPacks, repository.Config.Codec, Math.Min(SegmentWriter.DataLength, repository.PackLength), lists);

    /// <summary>Stores a tree blob. Data goes through a worker's own <see cref="SegmentWriter"/>.</summary>
    public BlobId Save(BlobKind kind, ReadOnlySpan<byte> content)
    {
        if (kind != BlobKind.Tree) throw new ArgumentException("Only trees are saved here.", nameof(kind));
        BlobId id = repository.Keys.ComputeId(kind, content);
        if (!TryClaim(id, content.Length)) return id;
        lock (treeGate) trees.Add(id, content);
        return id;
    }

    /// <summary>Uploads a pack in the background, one at a time; blocks while the one before is under way.</summary>
    public void Accept(PackBuilder pack)
    {
        try
        {
            uploading.Wait(failed.Token);
        }
        catch
        {
            pack.Dispose();
            throw;
        }

        _ = UploadAsync(pack, null, isLast: false);
    }

    /// <summary>Stores what is left, then the index; after it, everything that was saved can be named by a snapshot.</summary>
    public async Task FlushAsync()
    {
        lock (treeGate) trees.Flush();
        await uploading.WaitAsync(failed.Token);

        // The last two side by side: nothing else is left to do meanwhile.
        _ = UploadAsync(dataPacks.Detach(), treePacks.Detach(), isLast: true);
        await uploading.WaitAsync(failed.Token);
        uploading.Release();
        ThrowIfFailed();
        await PutIndexAsync(isLast: true, failed.Token);
        slabs.Trim();

        // Beside the commit, which mostly waits for disks: or else the next run would begin with it.
        if (repository.IndexCache.Keeps && indexedBlobs > repository.IndexCache.Limits.MemoryEntries) keeping = Task.Run(KeepIndexAsync, CancellationToken.None);
    }

    /// <summary>Stops everything that adds to the repository in this session.</summary>
    public async Task FailAsync(Exception cause)
    {
        Interlocked.CompareExchange(ref failure, cause, null);
        await failed.CancelAsync();
    }

    /// <summary>Rethrows what stopped the session.</summary>
    public void ThrowIfFailed()
    {
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>
    /// Gives up before a commit was tried: indexes what was uploaded, so that the next run reuses it, and takes the session away. Errors
    /// are swallowed: there is one already, and what stays behind is harmless.
    /// </summary>
    public async Task AbandonAsync()
    {
        // Ctrl-C must end within 2 s, whatever the store does. Half of that is for the upload under way: what it has sent is not lost then.
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(1500));
        try
        {
            await failed.CancelAsync();
            uploadsStopped.CancelAfter(TimeSpan.FromSeconds(1));
            await uploading.WaitAsync(limit.Token);
            uploading.Release();
            await PutIndexAsync(isLast: true, limit.Token);
            await Session.EndAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StoreException)
        {
            // The session's object stays; a pruner waits for it, or fences it off.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await keeping;
        await failed.CancelAsync();
        await uploadsStopped.CancelAsync();
        await Session.DisposeAsync();
        dataPacks.Dispose();
        treePacks.Dispose();
        trees.Dispose();
        slabs.Dispose();
        claimed.Dispose();
        Stored.Dispose();
        failed.Dispose();
        uploadsStopped.Dispose();
    }

    private async Task KeepIndexAsync()
    {
        try
        {
            await IndexLoader.LoadAsync(repository, new HashSet<string>(), onDamage: static _ => { }, failed.Token);
        }
        catch (Exception)
        {
            // Only a cache: whoever needs the index reads it then, and tells what is wrong with it.
        }
    }

    private static async Task TryEndAsync(WriterSession session)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await session.EndAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StoreException)
        {
            // As in AbandonAsync.
        }
    }

    // After the last, the caller puts the index.
    private async Task UploadAsync(PackBuilder? one, PackBuilder? other, bool isLast)
    {
        try
        {
            await Task.WhenAll(StoreAsync(one, scratch), StoreAsync(other, null));
            if (!isLast && (unindexed.Count >= PacksPerIndex || unindexed.Sum(static p => (long)p.BlobCount) >= BlobsPerIndex || time.GetElapsedTime(lastIndex) >= IndexInterval)) await PutIndexAsync(isLast: false, uploadsStopped.Token);
        }
        catch (Exception e)
        {
            await FailAsync(e);
        }
        finally
        {
            uploading.Release();
        }
    }

    private async Task StoreAsync(PackBuilder? builder, ByteWriter? footer)
    {
        if (builder is null) return;
        await Task.Yield();
        using (builder)
        {
            PackDescription pack = builder.Complete(out ReadOnlySequence<byte> content, footer);
            await repository.Store.PutNewAsync(RepositoryLayout.Pack(pack.NameText), content, uploadsStopped.Token);
            Interlocked.Add(ref bytesStored, pack.Length);
            Interlocked.Increment(ref packsStored);
            lock (unindexed) unindexed.Add(pack);
        }
    }

    // Memory for packs is scarce: what is being uploaded comes back. Where nothing is, there is nothing to wait for.
    private void WaitForUpload()
    {
        uploading.Wait(failed.Token);
        uploading.Release();
    }

    // Called by whoever holds the upload's place, or after the last upload: one caller at a time.
    private async Task PutIndexAsync(bool isLast, CancellationToken cancellationToken)
    {
        if (unindexed.Count == 0) return;
        Interlocked.Add(ref bytesStored, await IndexLoader.PutAsync(repository, ids, unindexed, scratch, cancellationToken));
        foreach (PackDescription pack in unindexed)
        {
            indexedBlobs += pack.BlobCount;

            // Nobody asks any more after the last.
            if (!isLast) claimed.AddIndexed(pack);
            if (pack.Kind == BlobKind.Data) lists.Return(pack);
        }

        unindexed.Clear();
        lastIndex = time.GetTimestamp();
    }
}
