using System.Buffers;
using System.Collections.Concurrent;
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
    private static readonly TimeSpan IndexInterval = TimeSpan.FromSeconds(60);

    private readonly Repository repository;
    private readonly IdSource ids;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource failed;
    private readonly CancellationTokenSource uploadsStopped = new();
    private readonly BlobSet claimed = new();
    private readonly PackAssembler dataPacks;
    private readonly PackAssembler treePacks;
    private readonly SegmentWriter trees;
    private readonly Lock treeGate = new();
    private readonly ConcurrentBag<byte[]> buffers = [];
    private readonly List<PackDescription> unindexed = [];
    private readonly SemaphoreSlim uploading = new(1, 1);
    private long lastIndex;
    private long bytesAdded;
    private long bytesStored;
    private Exception? failure;

    private RepositoryWriter(Repository repository, WriterSession session, BlobIndex index, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        this.repository = repository;
        this.ids = ids;
        this.time = time;
        Session = session;
        Index = index;
        failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        dataPacks = new PackAssembler(repository.Keys, BlobKind.Data, this);
        treePacks = new PackAssembler(repository.Keys, BlobKind.Tree, this);
        trees = new SegmentWriter(treePacks, repository.Config.Codec, SegmentWriter.TreeLength);
        lastIndex = time.GetTimestamp();
    }

    public WriterSession Session { get; }

    /// <summary>What the repository held when the session began, without what is being retired.</summary>
    public BlobIndex Index { get; }

    /// <summary>Bytes of blobs that the repository lacked, before compression.</summary>
    public long BytesAdded => Interlocked.Read(ref bytesAdded);

    /// <summary>Bytes of packs and index objects put.</summary>
    public long BytesStored => Interlocked.Read(ref bytesStored);

    /// <summary>Cancelled when the caller cancels, or when an upload has failed.</summary>
    public CancellationToken Stopped => failed.Token;

    /// <summary>Begins a session, and in its shelter loads what the repository holds; the order matters (DESIGN section 6).</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="record">Who writes.</param>
    /// <param name="ids">Draws ids.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onWarning">Told what is damaged or missing. It counts as absent and is stored again: that costs space, and heals.</param>
    /// <param name="cancellationToken">Ends the call, and the writer.</param>
    public static async Task<RepositoryWriter> BeginAsync(Repository repository, SessionRecord record, IdSource ids, TimeProvider time, Action<string>? onWarning, CancellationToken cancellationToken)
    {
        repository.RequireCodec();
        WriterSession session = await WriterSession.BeginAsync(repository, record, ids, time, cancellationToken);
        try
        {
            IReadOnlySet<string> retired = await RetiredPacks.LoadAsync(repository, cancellationToken);
            BlobIndex index = await IndexLoader.LoadForWritingAsync(repository, retired, onWarning, cancellationToken);
            return new RepositoryWriter(repository, session, index, ids, time, cancellationToken);
        }
        catch
        {
            await TryEndAsync(session);
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the repository has the blob, or this run has stored it.</summary>
    public bool Has(BlobId id) => Index.Contains(id) || claimed.Contains(id);

    /// <summary>Claims a blob that nobody has: whoever gets <see langword="true"/> must store it.</summary>
    public bool TryClaim(BlobId id, int length)
    {
        if (Index.Contains(id) || !claimed.Add(id)) return false;
        Interlocked.Add(ref bytesAdded, length);
        return true;
    }

    /// <summary>A writer of data segments for one worker.</summary>
    public SegmentWriter CreateDataWriter() => new(dataPacks, repository.Config.Codec, SegmentWriter.DataLength);

    /// <summary>Stores a tree blob. Data goes through a worker's own <see cref="SegmentWriter"/>.</summary>
    public BlobId Save(BlobKind kind, ReadOnlySpan<byte> content)
    {
        if (kind != BlobKind.Tree) throw new ArgumentException("Only trees are saved here.", nameof(kind));
        BlobId id = repository.Keys.ComputeId(kind, content);
        if (!TryClaim(id, content.Length)) return id;
        byte[] copy = content.ToArray();
        lock (treeGate) trees.Add(id, copy);
        return id;
    }

    public byte[] RentBuffer() => buffers.TryTake(out byte[]? buffer) ? buffer : GC.AllocateUninitializedArray<byte>(PackAssembler.PackLength);

    /// <summary>Uploads a pack in the background, one at a time; blocks while the one before is under way.</summary>
    public void Accept(PackBuilder pack)
    {
        uploading.Wait(failed.Token);
        _ = UploadAsync(pack);
    }

    /// <summary>Stores what is left, then the index; after it, everything that was saved can be named by a snapshot.</summary>
    public async Task FlushAsync()
    {
        lock (treeGate) trees.Flush();
        dataPacks.Flush();
        treePacks.Flush();
        await uploading.WaitAsync(failed.Token);
        uploading.Release();
        ThrowIfFailed();
        await PutIndexAsync(failed.Token);
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
            await PutIndexAsync(limit.Token);
            await Session.EndAsync(limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or StoreException)
        {
            // The session's object stays; a pruner waits for it, or fences it off.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await failed.CancelAsync();
        await uploadsStopped.CancelAsync();
        await Session.DisposeAsync();
        dataPacks.Dispose();
        treePacks.Dispose();
        trees.Dispose();
        failed.Dispose();
        uploadsStopped.Dispose();
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

    private async Task UploadAsync(PackBuilder builder)
    {
        try
        {
            await Task.Yield();
            PackDescription pack;
            byte[] buffer = builder.Buffer;
            using (builder) pack = builder.Complete();
            await repository.Store.PutNewAsync(RepositoryLayout.Pack(pack.NameText), new ReadOnlySequence<byte>(buffer, 0, (int)pack.Length), uploadsStopped.Token);
            Interlocked.Add(ref bytesStored, pack.Length);
            buffers.Add(buffer);
            unindexed.Add(pack);
            if (unindexed.Count >= PacksPerIndex || time.GetElapsedTime(lastIndex) >= IndexInterval) await PutIndexAsync(uploadsStopped.Token);
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

    // Called by whoever holds the upload's place, or after the last upload: one caller at a time.
    private async Task PutIndexAsync(CancellationToken cancellationToken)
    {
        if (unindexed.Count == 0) return;
        string name = RepositoryLayout.Index(ids.Next());
        byte[] bytes = IndexLoader.Seal(repository.Keys, name, unindexed);
        await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken);
        Interlocked.Add(ref bytesStored, bytes.Length);
        unindexed.Clear();
        lastIndex = time.GetTimestamp();
    }
}
