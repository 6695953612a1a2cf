using System.Diagnostics.CodeAnalysis;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Lists the sources, and looks at every item, on a thread of its own and ahead of the walk that compares: it needs no repository, so that it
/// begins before one is unlocked. What it finds waits in a bounded queue, faults among it, so that a run tells them in order or, if it
/// never comes to its walk, not at all.
/// </summary>
internal sealed class SourceScan : IAsyncDisposable
{
    // A level of recursion takes well under 1 KiB: room for paths of hundreds of thousands of levels. Only touched pages cost memory.
    private const int StackLength = 256 * 1024 * 1024;

    // Items that are looked at before the folders among them are entered.
    private const int RunLength = 256;

    // Items between two looks at the token: on the slowest disk some tenths of a second.
    private const int ItemsPerLook = 32;

    // A batch that is not full is handed on after so many ms: on a slow disk the workers must not wait for the 512th item.
    private const int PatienceMilliseconds = 5;

    // Folders above the current one that stay open. They are opened again, by name, if they have more folders than the one that is entered.
    private const int MaximumOpen = 32;

    private readonly IFileSystem fileSystem;
    private readonly SourceFilter filter;
    private readonly SourceNode sources;
    private readonly bool readsAttributes;
    private readonly ScanQueue queue = new();
    private readonly OpenFolders open = new();
    private readonly CancellationTokenSource stop;
    private readonly CancellationToken stopped;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<NameList> idleNames = new();
    private readonly List<SourceFolder> path = [];
    private readonly List<int> folders = [];
    private readonly Action<int, PlatformException> onItemFailure;
    private readonly Task<MappedFiles> mapped;
    private ScanBatch batch;
    private long lastPut;
    private int found;
    private SourceFolder? current;
    private int firstName, firstItem;
    private ScanBatch? reading;
    private int nextFolder;

    private SourceScan(IFileSystem fileSystem, SourceFilter filter, SourceNode sources, bool readsAttributes, CancellationToken cancellationToken)
    {
        this.fileSystem = fileSystem;
        this.filter = filter;
        this.sources = sources;
        this.readsAttributes = readsAttributes;
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stopped = stop.Token;
        mapped = Task.Run(() => fileSystem.FindMappedFiles(stopped), CancellationToken.None);
        batch = queue.Rent();
        onItemFailure = OnItemFailure;
    }

    /// <summary>Sources that are there; final once the last folder was taken.</summary>
    public int Found => Volatile.Read(ref found);

    /// <summary>Bytes of what was found and not taken yet.</summary>
    public int Ahead => queue.Ahead;

    /// <summary>Files whose times do not tell of each change, as it was when the scan began; waits for them.</summary>
    public MappedFiles Mapped => mapped.GetAwaiter().GetResult();

    /// <summary>Begins a scan.</summary>
    /// <param name="fileSystem">The system.</param>
    /// <param name="filter">What is left out.</param>
    /// <param name="sources">The sources.</param>
    /// <param name="readsAttributes">Whether the extended attributes of folders are wanted; a plan does without.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    public static SourceScan Start(IFileSystem fileSystem, SourceFilter filter, SourceNode sources, bool readsAttributes, CancellationToken cancellationToken)
    {
        var scan = new SourceScan(fileSystem, filter, sources, readsAttributes, cancellationToken);
        var thread = new Thread(scan.Run, StackLength) { IsBackground = true, Name = "BackupPS scan" };
        thread.Start();
        return scan;
    }

    /// <summary>The next run of items; waits for it. To be given back by <see cref="Return"/>. For one thread.</summary>
    /// <exception cref="PlatformException">The scan could not begin.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public ScannedFolder Next(CancellationToken cancellationToken)
    {
        if (reading is null || nextFolder == reading.Folders.Count)
        {
            if (reading is not null) Leave(reading);
            reading = queue.Take(cancellationToken) ?? throw new InvalidOperationException("The scan has ended.");
            reading.Users = 1;
            nextFolder = 0;
        }

        reading.Users++;
        return reading.Folders[nextFolder++];
    }

    /// <summary>Nobody looks at these items any more.</summary>
    public void Return(in ScannedFolder folder) => Leave(folder.Batch);

    /// <summary>Stops the scan, if it is still under way, and waits until it has closed what it had open.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        queue.Stop();
        await ended.Task;
        await mapped;
        stop.Dispose();
    }

    private void Leave(ScanBatch used)
    {
        if (--used.Users == 0) queue.Return(used);
    }

    private void Run()
    {
        Exception? failure = null;
        try
        {
            // A scan that waits for room must hear of the token, too.
            using CancellationTokenRegistration woken = stopped.UnsafeRegister(static q => ((ScanQueue)q!).Stop(), queue);
            lastPut = Environment.TickCount64;
            ScanAll();
            queue.Put(batch);
        }
        catch (Exception e)
        {
            failure = e;
        }

        open.Dispose();
        queue.End(failure);
        ended.SetResult();
    }

    private void ScanAll()
    {
        var root = new SourceFolder(fileSystem, open, sources.Path);
        if (sources.IsSource)
        {
            ItemInfo info = fileSystem.GetInfo(sources.Path);
            root.Adopt(fileSystem.OpenFolder(sources.Path));
            found++;
            Scan(root, filter.Begin(sources.Path, info), isRoot: true);
            return;
        }

        if (!OperatingSystem.IsWindows()) root.Adopt(fileSystem.OpenFolder(sources.Path));
        ScanAncestor(root, sources);
        root.Close();
    }

    // A folder that only leads to sources: of its items, only those that lead further are taken.
    private void ScanAncestor(SourceFolder folder, SourceNode source)
    {
        foreach ((byte[] name, SourceNode child) in source.Children)
        {
            stopped.ThrowIfCancellationRequested();
            int item = MakeRoom(1).Add(name);
            Action? enter = null;
            try
            {
                enter = child.IsSource ? BeginSource(folder, item, name, child) : BeginLeading(item, child);
            }
            catch (PlatformException e)
            {
                BackupError error = e.Failure == PlatformFailure.NotFound ? BackupError.SourceNotFound : SourceFault.From(e, child.Path).Error;
                batch.SetState(item, ScanState.Failed);
                foreach (string lost in child.Sources()) batch.AddFault(item, new BackupFault(error, lost, e.Message));
            }

            batch.AddFolder(new ScannedFolder(batch, item, 1, IsLast: false, IsListed: true, [], []));
            enter?.Invoke();
        }

        MakeRoom(0).AddFolder(new ScannedFolder(batch, batch.Count, 0, IsLast: true, IsListed: true, [], []));
    }

    private Action BeginLeading(int item, SourceNode child)
    {
        var folder = new SourceFolder(fileSystem, open, child.Path);
        IFolder opened = folder.Open();
        batch.InfosFrom(item, 1)[0] = opened.GetInfo();
        child.IsLinkOnTheWay = fileSystem.GetInfo(child.Path).Kind == ItemKind.SymbolicLink;
        batch.SetState(item, ScanState.Leading);
        byte[] attributes = [];
        try
        {
            if (readsAttributes) attributes = Encode(opened.ReadAttributes());
        }
        catch (PlatformException)
        {
            // This account may pass through the folder, and not read it: the source below it can be saved all the same.
        }

        return () =>
        {
            MakeRoom(0).AddFolder(new ScannedFolder(batch, batch.Count, 0, IsLast: false, IsListed: true, attributes, []));
            ScanAncestor(folder, child);
            folder.Close();
        };
    }

    private byte[] Encode(IReadOnlyList<ExtendedAttribute> attributes) => attributes.Count == 0 ? [] : AttributeSet.Encode(AccessNames.Add(attributes, fileSystem.Accounts));

    private Action? BeginSource(SourceFolder above, int item, byte[] name, SourceNode source)
    {
        if (OperatingSystem.IsWindows() && above.Depth == 0 && above.Path.Length == 0)
        {
            // A drive of Windows: it has no folder above it.
            var drive = new SourceFolder(fileSystem, open, source.Path + "/");
            ItemInfo driveInfo = drive.Open().GetInfo();
            batch.InfosFrom(item, 1)[0] = driveInfo;
            found++;
            return () => Scan(drive, filter.Begin(source.Path, driveInfo));
        }

        IFolder folder = above.Open();
        ItemInfo info = folder.GetInfo(name);
        batch.InfosFrom(item, 1)[0] = info;
        found++;
        foreach (string covered in info.Kind == ItemKind.Directory ? [] : source.Covered)
        {
            // A link is saved as a link: what it leads to has no place below it.
            batch.AddFault(item, new BackupFault(BackupError.SourceNotFound, covered, $"it lies behind '{PathText.ToDisplay(source.Path)}', which is a source too and no folder; name its real path"));
        }

        source.IsEmptyFolder = info.Kind == ItemKind.Directory && IsEmpty(folder, name);
        source.IsLinkToFolder = info.Kind == ItemKind.SymbolicLink && LeadsToFolder(source.Path);
        FilterScope scope = filter.Begin(source.Path, info);
        ScanState state = Decide(scope, scope.NeedsPath ? source.Path : "", info);
        batch.SetState(item, state);
        return state == ScanState.Kept && info.Kind == ItemKind.Directory ? () => Enter(above, name, scope, isLast: false) : null;
    }

    private static ScanState Decide(FilterScope scope, string path, in ItemInfo info) => scope.Decide(path, info) switch
    {
        FilterDecision.Keep => ScanState.Kept,
        FilterDecision.KeepEmpty => ScanState.KeptEmpty,
        _ => ScanState.Excluded,
    };

    private void Enter(SourceFolder above, byte[] name, FilterScope scope, bool isLast)
    {
        var folder = new SourceFolder(above, name);
        try
        {
            folder.Adopt(above.Open().OpenFolder(name));
            if (isLast) above.Close();
        }
        catch (PlatformException e)
        {
            MakeRoom(0).AddFolder(new ScannedFolder(batch, batch.Count, 0, IsLast: true, IsListed: false, [], [SourceFault.From(e, folder.Path)]));
            return;
        }

        Scan(folder, scope);
    }

    private void Scan(SourceFolder folder, FilterScope scope, bool isRoot = false)
    {
        path.Add(folder);
        if (path.Count > MaximumOpen) path[^(MaximumOpen + 1)].Close();
        if (!idleNames.TryPop(out NameList? names)) names = new NameList();
        List<BackupFault>? faults = null;
        byte[] attributes = [];
        FilterScope? inner = null;
        try
        {
            IFolder opened = folder.Open();
            opened.ReadNames(names);
            names.Sort();
            inner = scope.Enter(scope.NeedsPathToEnter(names) ? folder.Path : "", opened, names, fault => (faults ??= []).Add(fault));
            if (readsAttributes && !isRoot) attributes = Encode(opened.ReadAttributes());
        }
        catch (PlatformException e)
        {
            // A folder that could be listed keeps its items, although its own attributes are lost.
            (faults ??= []).Add(inner is null ? SourceFault.From(e, folder.Path) : SourceFault.OfAttributes(e, folder.Path));
            if (inner is null) names.Clear();
        }

        int next = 0;
        do
        {
            int count = Math.Min(names.Count - next, RunLength);
            int firstFolder = folders.Count;
            int first = Look(folder, names, next, count, inner);
            next += count;
            batch.AddFolder(new ScannedFolder(batch, first, count, next == names.Count, inner is not null, attributes, faults ?? []));
            faults = null;
            attributes = [];
            PutIfDue();

            // With its last folder entered, it is of no more use: a chain of folders of any depth takes two handles.
            int lastFolder = folders.Count;
            for (int i = firstFolder; i < lastFolder; i++)
            {
                byte[] name = names[folders[i]].ToArray();
                Enter(folder, name, inner!, isLast: next == names.Count && i == lastFolder - 1);
            }

            folders.RemoveRange(firstFolder, lastFolder - firstFolder);
        }
        while (next < names.Count);

        folder.Close();
        path.RemoveAt(path.Count - 1);
        Release(names);
    }

    // Puts a run of items into the batch, and its folders that are to be entered onto the stack of folders.
    private int Look(SourceFolder folder, NameList names, int from, int count, FilterScope? scope)
    {
        ScanBatch room = MakeRoom(count);
        int first = room.Count;
        if (count == 0) return first;
        for (int i = 0; i < count; i++) room.Add(names[from + i]);
        current = folder;
        firstName = from;
        firstItem = first;
        if (!TryOpenAgain(folder, from, count, out IFolder? opened)) return first;
        for (int i = 0; i < count; i += ItemsPerLook)
        {
            stopped.ThrowIfCancellationRequested();
            opened.GetInfos(names, from + i, room.InfosFrom(first + i, Math.Min(ItemsPerLook, count - i)), onItemFailure);
        }

        string? folderPath = scope!.NeedsPath ? folder.Path : null;
        for (int i = 0; i < count; i++)
        {
            int item = first + i;
            if (room.StateOf(item) == ScanState.Failed) continue;
            ref readonly ItemInfo info = ref room.InfoOf(item);
            ScanState state = Decide(scope, folderPath is null ? "" : SourcePath.Join(folderPath, PathText.FromBytes(room.NameOf(item))), info);
            if (state != ScanState.Kept) room.SetState(item, state);
            else if (info.Kind == ItemKind.Directory) folders.Add(from + i);
        }

        return first;
    }

    // A folder that was closed because what is in it is deep may be gone by now, or another: then its items are, too.
    private bool TryOpenAgain(SourceFolder folder, int from, int count, [NotNullWhen(true)] out IFolder? opened)
    {
        opened = null;
        try
        {
            opened = folder.Open();
            return true;
        }
        catch (PlatformException e)
        {
            for (int i = 0; i < count; i++) OnItemFailure(from + i, e);
            return false;
        }
    }

    private void OnItemFailure(int name, PlatformException failure)
    {
        int item = firstItem + name - firstName;
        batch.SetState(item, ScanState.Failed);
        batch.AddFault(item, SourceFault.From(failure, current!.PathOf(batch.NameOf(item))));
    }

    private ScanBatch MakeRoom(int items)
    {
        if (!batch.HasRoom(items)) Put();
        return batch;
    }

    private void PutIfDue()
    {
        if (Environment.TickCount64 - lastPut >= PatienceMilliseconds) Put();
    }

    private void Put()
    {
        queue.Put(batch);
        batch = queue.Rent();
        lastPut = Environment.TickCount64;
    }

    private void Release(NameList names)
    {
        // What a folder of a million names took is given back.
        const int Usual = 256 * 1024;
        if (names.Capacity <= Usual && idleNames.Count < MaximumOpen) idleNames.Push(names);
    }

    private static bool IsEmpty(IFolder above, byte[] name)
    {
        try
        {
            using IFolder folder = above.OpenFolder(name);
            var names = new NameList();
            folder.ReadNames(names);
            return names.Count == 0;
        }
        catch (PlatformException)
        {
            // The walk itself will say what is wrong with it.
            return false;
        }
    }

    private bool LeadsToFolder(string link)
    {
        try
        {
            using IFolder folder = fileSystem.OpenFolder(link);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }
}
