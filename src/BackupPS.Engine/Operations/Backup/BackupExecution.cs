using BackupPS.Engine.Chunking;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Runs the pipeline of one backup: a walk that compares and hands on, workers that read, hash, compress and seal, and one upload beside
/// them. Ends with the root tree, and everything that it names stored and indexed.
/// </summary>
internal sealed class BackupExecution : IWalkTarget, IDisposable
{
    // A batch is what a worker takes at once: neighbours, so that they share a segment.
    private const int BatchFiles = 64;
    private const long BatchBytes = 1024 * 1024;

    // A folder stays open until its files are read: the queue's 64 batches hold up to 512 of them, below the usual limit of 1024 open files.
    private const int BatchFolders = 8;

    // People see at most 5 updates a second: a path for each of a million items would be for nobody.
    private const int ReportMilliseconds = 100;

    private readonly Repository repository;
    private readonly RunCallbacks callbacks;
    private readonly WorkQueue queue = new();
    private readonly List<Task> workers = [];
    private readonly IChunker chunker;
    private readonly FileBlockPool blocks;
    private long lastReport;
    private List<FileJob> batch = [];
    private long batchBytes;
    private int batchFolders;
    private BlobId root;
    private bool rootWritten;

    public BackupExecution(Repository repository, RepositoryWriter writer, EntryFactory entries, FaultLog faults, TimeProvider time, int workers, RunCallbacks callbacks)
    {
        this.repository = repository;
        this.callbacks = callbacks;
        Writer = writer;
        Entries = entries;
        Faults = faults;
        Time = time;
        Workers = workers;
        chunker = repository.CreateChunker();
        blocks = new FileBlockPool(chunker.MaximumLength);
        TreeWriter = new TreeWriter(writer, new NameHash(repository.Keys.Chunking));
    }

    public RepositoryWriter Writer { get; }

    public EntryFactory Entries { get; }

    public FaultLog Faults { get; }

    public TimeProvider Time { get; }

    public int Workers { get; }

    public TreeWriter TreeWriter { get; }

    public KeySet Keys => repository.Keys;

    public BackupCounters Counters { get; } = new();

    public TreeWriter? Trees => TreeWriter;

    public OpenFolders Open { get; } = new();

    /// <summary>Files whose times do not tell of each change.</summary>
    public MappedFiles Mapped { get; private set; } = MappedFiles.None;

    /// <summary>Saves the sources.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="scan">What is there.</param>
    /// <param name="fileSystem">The system.</param>
    /// <param name="parent">The parent's trees; <see langword="null"/> for a Full.</param>
    /// <param name="parentRoot">The parent's root tree; zero where there is no parent.</param>
    /// <returns>The root tree.</returns>
    public async Task<BlobId> RunAsync(SourceNode sources, SourceScan scan, IFileSystem fileSystem, ParentTrees? parent, BlobId parentRoot)
    {
        callbacks.OnPhase?.Invoke("Scan");
        Mapped = scan.Mapped;
        var walk = new SourceWalk(fileSystem, scan, Entries, parent, this, Counters, Faults, Writer.Stopped);
        try
        {
            try
            {
                await Guard(WalkAsync(walk, sources, parentRoot));
            }
            finally
            {
                await Task.WhenAll(workers);
            }

            callbacks.OnPhase?.Invoke("Index");
            await Writer.FlushAsync();
        }
        catch (OperationCanceledException)
        {
            // The cause of a stop inside comes first: the others only saw that the run was stopped.
            Writer.ThrowIfFailed();
            throw;
        }

        if (!rootWritten) throw new BackupException(BackupError.InternalError, "The walk ended without a root tree.");
        return root;
    }

    public void Read(FileJob job)
    {
        if (batch.Count == 0 || !ReferenceEquals(batch[^1].Node, job.Node)) batchFolders++;
        batch.Add(job);
        batchBytes += job.Info.Size;
        if (batch.Count >= BatchFiles || batchBytes >= BatchBytes || batchFolders >= BatchFolders) HandOnBatch();
    }

    public bool Has(BlobId id) => Writer.Has(id);

    public void Passed(FolderNode node, ReadOnlySpan<byte> name)
    {
        if (callbacks.Progress is null || Environment.TickCount64 - lastReport < ReportMilliseconds) return;
        lastReport = Environment.TickCount64;
        ReportProgress(node.PathOf(name));
    }

    public BlobId Complete(FolderNode node) => TreeWriter.EndFolder(node.Pages!);

    public void CompleteRoot(BlobId tree)
    {
        root = tree;
        rootWritten = true;
    }

    /// <summary>Counts a file that was read into the snapshot.</summary>
    /// <param name="entry">Its entry, with its content.</param>
    /// <param name="suspect">The parent's entry, when only the content tells whether the file has changed.</param>
    public void CountFile(TreeEntry entry, TreeEntry? suspect)
    {
        Interlocked.Increment(ref Counters.Files);
        Interlocked.Add(ref Counters.Bytes, entry.Size);
        if (suspect is null) return;
        bool same = entry.Size == suspect.Size && entry.ContentDepth == suspect.ContentDepth && entry.Content.AsSpan().SequenceEqual(suspect.Content);
        Interlocked.Increment(ref same ? ref Counters.FilesUnchanged : ref Counters.FilesChanged);
    }

    public void ReportProgress(string current)
    {
        if (callbacks.Progress is null) return;
        bool walked = Counters.Walked;
        callbacks.Progress.Report(new OperationProgress(
            walked ? "Saving" : "Scanning and saving",
            Interlocked.Read(ref Counters.FilesRead),
            walked ? Counters.FilesToRead : 0,
            Interlocked.Read(ref Counters.BytesRead),
            walked ? Counters.BytesToRead : 0,
            current));
    }

    /// <summary>After a run that was given up: the sources' folders are closed at once, so that their file system can be unmounted.</summary>
    public void Dispose()
    {
        Open.Dispose();
        queue.Dispose();
        blocks.Dispose();
    }

    private async Task WalkAsync(SourceWalk walk, SourceNode sources, BlobId parentRoot)
    {
        await walk.RunAsync(sources, parentRoot);
        HandOnBatch();
        queue.Complete();
        callbacks.OnPhase?.Invoke("Save");
    }

    // A run that finds nothing to read needs no workers.
    private void StartWorkers()
    {
        for (int i = 0; i < Workers; i++) workers.Add(Guard(Task.Factory.StartNew(WorkOn, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
    }

    private void WorkOn()
    {
        using var worker = new FileWorker(this, queue, chunker, blocks);
        worker.Work();
    }

    private void HandOnBatch()
    {
        if (batch.Count == 0) return;
        if (workers.Count == 0) StartWorkers();
        queue.Add(batch, Writer.Stopped);
        batch = [];
        batchBytes = 0;
        batchFolders = 0;
    }

    // What fails on one thread stops the others.
    private async Task Guard(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await Writer.FailAsync(e);
            throw;
        }
    }
}
