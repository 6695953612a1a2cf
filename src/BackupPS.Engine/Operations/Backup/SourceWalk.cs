using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Compares what a scan finds, folder by folder in the order of names, with the parent snapshot's trees, and hands on what must be read. One
/// thread; it recurses as deep as the source does.
/// </summary>
internal sealed class SourceWalk
{
    // A level of recursion takes some 1 KiB: room for paths of hundreds of thousands of levels. Only touched pages cost memory.
    private const int StackLength = 256 * 1024 * 1024;

    private readonly IFileSystem fileSystem;
    private readonly SourceScan scan;
    private readonly EntryFactory entries;
    private readonly ParentTrees? parent;
    private readonly IWalkTarget target;
    private readonly BackupCounters counters;
    private readonly FaultLog faults;
    private readonly CancellationToken stopped;

    /// <param name="fileSystem">The system.</param>
    /// <param name="scan">What is there.</param>
    /// <param name="entries">Makes entries.</param>
    /// <param name="parent">The parent's trees; <see langword="null"/> for a Full.</param>
    /// <param name="target">Takes what is found.</param>
    /// <param name="counters">Counts.</param>
    /// <param name="faults">Takes faults.</param>
    /// <param name="stopped">Ends the walk.</param>
    public SourceWalk(IFileSystem fileSystem, SourceScan scan, EntryFactory entries, ParentTrees? parent, IWalkTarget target, BackupCounters counters, FaultLog faults, CancellationToken stopped)
    {
        this.fileSystem = fileSystem;
        this.scan = scan;
        this.entries = entries;
        this.parent = parent;
        this.target = target;
        this.counters = counters;
        this.faults = faults;
        this.stopped = stopped;
    }

    /// <summary>Walks on a thread of its own.</summary>
    /// <param name="sources">The sources, for messages.</param>
    /// <param name="parentRoot">The parent's root tree; zero where there is no parent.</param>
    /// <exception cref="BackupException">No source is there (<see cref="BackupError.NothingToBackUp"/>).</exception>
    public Task RunAsync(SourceNode sources, BlobId parentRoot)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                Walk(sources, parentRoot);
                ended.SetResult();
            }
            catch (OperationCanceledException e)
            {
                ended.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                ended.SetException(e);
            }
        }, StackLength) { IsBackground = true, Name = "BackupPS walk" };
        thread.Start();
        return ended.Task;
    }

    private void Walk(SourceNode sources, BlobId parentRoot)
    {
        var root = new FolderNode(null, null, new SourceFolder(fileSystem, target.Open, sources.Path), parentRoot);
        ScannedFolder run = scan.Next(stopped);
        if (sources.IsSource) counters.Directories++;
        TellAll(run.Faults);
        WalkItems(root, run);
        if (root.Differs) root.Release(target);
        else target.CompleteRoot(root.Before);
        if (scan.Found == 0) throw new BackupException(BackupError.NothingToBackUp, $"None of the sources is there: {string.Join(", ", sources.Sources().Select(PathText.ToDisplay))}.", sources.Sources().FirstOrDefault());
        counters.Walked = true;
    }

    // Both sides are in the order of names. Ends with the folder either the same as the parent's to the last byte, or with a tree of its own.
    private void WalkItems(FolderNode node, ScannedFolder run)
    {
        if (node.Before.IsZero || parent is null) Differ(node);
        var before = new ParentFolder(parent, node.Before);
        TreePageReader old = default;
        bool hasOld = before.MoveNext(ref old);
        bool listed = run.IsListed;
        while (true)
        {
            for (int item = run.First; item < run.First + run.Count; item++)
            {
                if ((item & 31) == 0) stopped.ThrowIfCancellationRequested();
                ReadOnlySpan<byte> name = run.Batch.NameOf(item);
                int order = -1;
                while (hasOld && (order = old.Name.SequenceCompareTo(name)) < 0)
                {
                    Differ(node);
                    CountRemoved(ref old);
                    hasOld = before.MoveNext(ref old);
                }

                bool matches = hasOld && order == 0;
                Visit(node, run.Batch, item, ref old, matches);
                if (matches) hasOld = before.MoveNext(ref old);
            }

            bool last = run.IsLast;
            scan.Return(run);
            if (last) break;
            run = scan.Next(stopped);
        }

        for (; hasOld; hasOld = before.MoveNext(ref old))
        {
            Differ(node);

            // What is in a folder that cannot be read is not known to be gone.
            if (!listed) break;
            CountRemoved(ref old);
        }

        // What the repository has lost since is stored again.
        if (!node.Differs && !before.IsWhole(target)) Differ(node);
    }

    private void Visit(FolderNode node, ScanBatch batch, int item, scoped ref TreePageReader old, bool matches)
    {
        ScanState state = batch.StateOf(item);
        if (batch.HasFaults) TellAll(batch.FaultsOf(item));
        if (state is ScanState.Excluded or ScanState.Failed)
        {
            if (state == ScanState.Excluded) counters.Excluded++;
            if (matches) Differ(node);
            return;
        }

        ref readonly ItemInfo info = ref batch.InfoOf(item);
        if (info.Kind == ItemKind.Directory)
        {
            VisitFolder(node, batch, item, ref old, matches);
            return;
        }

        if (matches && old.Kind == ItemKind.Directory)
        {
            Differ(node);
            CountRemoved(ref old);
            matches = false;
        }

        bool same = matches && EntryFactory.LooksUnchanged(ref old, info);
        ReadOnlySpan<byte> name = batch.NameOf(item);
        bool suspect = same && (old.IsRacy || scan.Mapped.Contains(info, name));
        bool unchanged = same && !suspect;

        // Of what is not a file, nothing but its attributes is read anew.
        if (unchanged || (suspect && info.Kind != ItemKind.File)) Interlocked.Increment(ref counters.FilesUnchanged);
        else if (!matches) Interlocked.Increment(ref counters.FilesNew);
        else if (!suspect) Interlocked.Increment(ref counters.FilesChanged);

        if (unchanged && IsWhole(ref old))
        {
            bool identical = entries.IsSame(ref old, info);
            if (identical && !node.Differs)
            {
                node.Same++;
            }
            else
            {
                Differ(node);
                if (identical) node.Add(ref old);
                else node.Add(entries.Reuse(ref old, info));
            }

            Count(info);
            target.Passed(node, name);
        }
        else if (info.Kind == ItemKind.File)
        {
            counters.FilesToRead++;
            counters.BytesToRead += info.Size;
            Differ(node);
            target.Read(new FileJob(node, node.Expect(), name.ToArray(), info, suspect ? old.ToEntry() : null));
        }
        else
        {
            Differ(node);
            TakeSpecial(node, name.ToArray(), info);
        }
    }

    private void VisitFolder(FolderNode node, ScanBatch batch, int item, scoped ref TreePageReader old, bool matches)
    {
        ScanState state = batch.StateOf(item);
        bool leading = state == ScanState.Leading;
        bool wasFolder = matches && old.Kind == ItemKind.Directory;
        if (matches && !wasFolder && !leading) counters.FilesRemoved++;
        counters.Directories++;
        byte[] name = batch.NameOf(item).ToArray();
        TreeEntry entry = entries.Create(name, batch.InfoOf(item), ancestor: leading);
        var folder = new FolderNode(node, entry, PlaceOf(node, name, leading), wasFolder ? old.Subtree : default);
        if (state == ScanState.KeptEmpty)
        {
            WalkNothing(folder);
        }
        else
        {
            ScannedFolder run = scan.Next(stopped);
            TellAll(run.Faults);
            SetAttributes(folder, entry, run.Attributes);
            WalkItems(folder, run);
        }

        if (folder.Differs)
        {
            folder.Release(target);
        }
        else if (!node.Differs && entries.IsSame(ref old, entry))
        {
            node.Same++;
        }
        else
        {
            Differ(node);
            entry.Subtree = folder.Before;
            node.Add(entry);
        }
    }

    private SourceFolder PlaceOf(FolderNode above, byte[] name, bool leading)
    {
        // A drive of Windows has no folder above it.
        bool isDrive = OperatingSystem.IsWindows() && above.Parent is null;
        return leading || isDrive ? new SourceFolder(fileSystem, target.Open, above.PathOf(name) + (isDrive ? "/" : "")) : new SourceFolder(above.Place, name);
    }

    // A folder that is saved without what is in it: what the parent has of it is not counted as gone.
    private void WalkNothing(FolderNode folder)
    {
        var before = new ParentFolder(parent, folder.Before);
        TreePageReader old = default;
        if (folder.Before.IsZero || parent is null || before.MoveNext(ref old) || !before.IsWhole(target)) Differ(folder);
    }

    /// <summary>Gives a folder, and those above it, a tree of its own, which begins with what was the same so far.</summary>
    private void Differ(FolderNode node)
    {
        if (node.Differs) return;
        var way = new List<FolderNode>();
        for (FolderNode? above = node; above is not null && !above.Differs; above = above.Parent) way.Add(above);
        for (int i = way.Count - 1; i >= 0; i--)
        {
            way[i].BeginTree(target.Trees?.BeginFolder());
            if (target.Trees is not null) AddSame(way[i]);
        }
    }

    private void AddSame(FolderNode node)
    {
        if (node.Same == 0) return;
        var before = new ParentFolder(parent, node.Before);
        TreePageReader old = default;
        for (int i = 0; i < node.Same; i++)
        {
            // They were read a moment ago, and cannot be done without now.
            if (!before.MoveNext(ref old)) throw new BackupException(BackupError.ObjectDamaged, $"The tree {node.Before} of the parent snapshot can no longer be read.", node.Before.ToString());
            node.Add(ref old);
        }
    }

    private bool IsWhole(scoped ref TreePageReader old)
    {
        if (!old.AttributeBlob.IsZero && !target.Has(old.AttributeBlob)) return false;
        if (old.ContentDepth > 0) return parent!.IsWhole(old.ToEntry(), target.Has);
        for (ReadOnlySpan<byte> ids = old.Content; !ids.IsEmpty; ids = ids[BlobId.Length..])
        {
            if (!target.Has(new BlobId(ids))) return false;
        }

        return true;
    }

    private void SetAttributes(FolderNode folder, TreeEntry entry, byte[] attributes)
    {
        if (attributes.Length == 0 || target.Trees is null) return;
        try
        {
            target.Trees.SetAttributes(entry, attributes);
        }
        catch (PlatformException e)
        {
            // What only leads to a source is saved as far as it goes.
            if (!entry.Ancestor) faults.Add(SourceFault.OfAttributes(e, folder.Path));
        }
    }

    private void TakeSpecial(FolderNode node, byte[] name, in ItemInfo info)
    {
        try
        {
            byte[]? link = info.Kind == ItemKind.SymbolicLink ? node.Folder.ReadLink(name) : null;
            TreeEntry entry = entries.Create(name, info, linkTarget: link);
            if (target.Trees is not null) SetAttributes(node, entry, target.Trees);
            node.Add(entry);
            Count(info);
            target.Passed(node, name);
        }
        catch (PlatformException e)
        {
            faults.Add(SourceFault.From(e, node.PathOf(name)));
        }
    }

    private void SetAttributes(FolderNode node, TreeEntry entry, TreeWriter trees)
    {
        try
        {
            trees.SetAttributes(entry, entries.Encode(node.Folder.ReadAttributes(entry.Name, entry.Kind)));
        }
        catch (PlatformException e)
        {
            // The next run must not take the item as it is in this snapshot.
            entry.Racy = true;
            faults.Add(SourceFault.OfAttributes(e, node.PathOf(entry.Name)));
        }
    }

    private void TellAll(IEnumerable<BackupFault> found)
    {
        foreach (BackupFault fault in found) faults.Add(fault);
    }

    private void Count(in ItemInfo info)
    {
        Interlocked.Increment(ref counters.Files);
        if (info.Kind == ItemKind.File) Interlocked.Add(ref counters.Bytes, info.Size);
    }

    // Everything in the parent's item that is no folder.
    private void CountRemoved(scoped ref TreePageReader old)
    {
        if (old.Kind != ItemKind.Directory)
        {
            counters.FilesRemoved++;
            return;
        }

        stopped.ThrowIfCancellationRequested();
        var folder = new ParentFolder(parent, old.Subtree);
        TreePageReader inner = default;
        while (folder.MoveNext(ref inner)) CountRemoved(ref inner);
    }
}
