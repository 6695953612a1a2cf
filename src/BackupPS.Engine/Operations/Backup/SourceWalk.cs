using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Walks the sources folder by folder in the order of names, compares each item with the parent snapshot's tree, and hands on what must be
/// read. One thread; it recurses as deep as the source does.
/// </summary>
internal sealed class SourceWalk
{
    // A level of recursion takes well under 1 KiB: room for paths of hundreds of thousands of levels. Only touched pages cost memory.
    private const int StackLength = 256 * 1024 * 1024;

    private readonly IFileSystem fileSystem;
    private readonly SourceFilter filter;
    private readonly EntryFactory entries;
    private readonly TreeWriter? attributes;
    private readonly ParentTrees? parent;
    private readonly IWalkTarget target;
    private readonly BackupCounters counters;
    private readonly FaultLog faults;
    private readonly CancellationToken stopped;
    private int found;

    /// <param name="fileSystem">The system.</param>
    /// <param name="filter">What is left out.</param>
    /// <param name="entries">Makes entries.</param>
    /// <param name="attributes">Stores extended attributes; <see langword="null"/> for a plan, which does not read them.</param>
    /// <param name="parent">The parent's trees; <see langword="null"/> for a Full.</param>
    /// <param name="target">Takes what is found.</param>
    /// <param name="counters">Counts.</param>
    /// <param name="faults">Takes faults.</param>
    /// <param name="stopped">Ends the walk.</param>
    public SourceWalk(IFileSystem fileSystem, SourceFilter filter, EntryFactory entries, TreeWriter? attributes, ParentTrees? parent, IWalkTarget target, BackupCounters counters, FaultLog faults, CancellationToken stopped)
    {
        this.fileSystem = fileSystem;
        this.filter = filter;
        this.entries = entries;
        this.attributes = attributes;
        this.parent = parent;
        this.target = target;
        this.counters = counters;
        this.faults = faults;
        this.stopped = stopped;
    }

    /// <summary>Walks on a thread of its own.</summary>
    /// <param name="sources">The sources.</param>
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
        IReadOnlyList<TreeEntry> before = ReadParent(parentRoot);
        if (sources.IsSource)
        {
            ItemInfo info = fileSystem.GetInfo(sources.Path);
            found++;
            WalkFolder(null, 0, null, sources.Path, fileSystem.OpenFolder(sources.Path), before, filter.Begin(sources.Path, info));
        }
        else
        {
            IFolder? top = OperatingSystem.IsWindows() ? null : fileSystem.OpenFolder(sources.Path);
            var root = new FolderNode(null, 0, null, sources.Path, top, sources.Children.Count);
            target.Enter(root);
            WalkAncestor(root, sources, before);
            root.Release(target);
        }

        if (found == 0) throw new BackupException(BackupError.NothingToBackUp, $"None of the sources is there: {string.Join(", ", sources.Sources().Select(PathText.ToDisplay))}.", sources.Sources().FirstOrDefault());
        counters.Walked = true;
    }

    // A folder that only leads to sources: of its items, only those that lead further are taken.
    private void WalkAncestor(FolderNode node, SourceNode source, IReadOnlyList<TreeEntry> before)
    {
        int slot = 0;
        foreach ((byte[] name, SourceNode child) in source.Children)
        {
            stopped.ThrowIfCancellationRequested();
            TreeEntry? old = Find(before, name);
            try
            {
                if (child.IsSource) WalkSource(node, slot, name, child, old);
                else WalkLeading(node, slot, name, child, old);
            }
            catch (PlatformException e)
            {
                BackupError error = e.Failure == PlatformFailure.NotFound ? BackupError.SourceNotFound : SourceFault.From(e, child.Path).Error;
                foreach (string path in child.Sources()) faults.Add(error, path, e.Message);
            }

            slot++;
        }

        foreach (TreeEntry old in before)
        {
            // What was a source, or below one, when the parent was made.
            if (!source.Children.ContainsKey(old.Name)) CountRemoved(old);
        }
    }

    private void WalkLeading(FolderNode node, int slot, byte[] name, SourceNode child, TreeEntry? old)
    {
        IFolder folder = fileSystem.OpenFolder(child.Path);
        TreeEntry entry = entries.Create(name, folder.GetInfo(), ancestor: true);
        try
        {
            attributes?.SetAttributes(entry, AttributeSet.Encode(folder.ReadAttributes()));
        }
        catch (PlatformException)
        {
            // This account may pass through the folder, and not read it: the source below it can be saved all the same.
        }

        counters.Directories++;
        var inner = new FolderNode(node, slot, entry, child.Path, folder, child.Children.Count);
        target.Enter(inner);
        WalkAncestor(inner, child, ReadParent(old));
        inner.Release(target);
    }

    private void WalkSource(FolderNode node, int slot, byte[] name, SourceNode source, TreeEntry? old)
    {
        if (node.Folder is null)
        {
            // A drive of Windows: it has no folder above it.
            IFolder drive = fileSystem.OpenFolder(source.Path + "/");
            ItemInfo driveInfo = drive.GetInfo();
            found++;
            WalkFolder(node, slot, entries.Create(name, driveInfo), source.Path, drive, ReadParent(old), filter.Begin(source.Path, driveInfo));
            return;
        }

        ItemInfo info = node.Folder.GetInfo(name);
        found++;
        foreach (string path in info.Kind == ItemKind.Directory ? [] : source.Covered)
        {
            // A link is saved as a link: what it leads to has no place below it.
            faults.Add(BackupError.SourceNotFound, path, $"it lies behind '{PathText.ToDisplay(source.Path)}', which is a source too and no folder; name its real path");
        }

        source.IsEmptyFolder = info.Kind == ItemKind.Directory && IsEmpty(node.Folder, name);
        source.IsLinkToFolder = info.Kind == ItemKind.SymbolicLink && LeadsToFolder(source.Path);
        Visit(node, slot, name, info, old, filter.Begin(source.Path, info));
    }

    private void Visit(FolderNode node, int slot, byte[] name, ItemInfo info, TreeEntry? old, FilterScope scope)
    {
        // Most runs have no rule that looks at paths: then none is put together for each of a million files.
        FilterDecision decision = scope.Decide(scope.NeedsPath ? node.PathOf(name) : "", info);
        if (decision == FilterDecision.Exclude)
        {
            counters.Excluded++;
            return;
        }

        if (info.Kind == ItemKind.Directory)
        {
            if (old is not null && old.Kind != ItemKind.Directory) counters.FilesRemoved++;
            string path = node.PathOf(name);
            TreeEntry entry = entries.Create(name, info);
            IFolder? folder = decision == FilterDecision.KeepEmpty ? null : TryOpen(node, name, path);
            WalkFolder(node, slot, entry, path, folder, ReadParent(old), scope);
            return;
        }

        if (old is { Kind: ItemKind.Directory })
        {
            CountRemoved(old);
            old = null;
        }

        bool same = old is not null && EntryFactory.LooksUnchanged(old, info);
        bool suspect = same && old!.Racy && info.Kind == ItemKind.File;
        bool unchanged = same && !suspect;
        if (unchanged) Interlocked.Increment(ref counters.FilesUnchanged);
        else if (old is null) Interlocked.Increment(ref counters.FilesNew);
        else if (!suspect) Interlocked.Increment(ref counters.FilesChanged);

        if (unchanged && parent!.IsWhole(old!, target.Has))
        {
            node.Set(slot, Reuse(old!, name, info));
            Count(info);
            target.Passed(node, name);
        }
        else if (info.Kind == ItemKind.File)
        {
            counters.FilesToRead++;
            counters.BytesToRead += info.Size;
            node.Expect();
            target.Read(new FileJob(node, slot, name, info, suspect ? old : null));
        }
        else
        {
            TakeSpecial(node, slot, name, info);
        }
    }

    private void WalkFolder(FolderNode? above, int slot, TreeEntry? entry, string path, IFolder? folder, IReadOnlyList<TreeEntry> before, FilterScope scope)
    {
        counters.Directories++;
        var names = new List<byte[]>();
        FilterScope? inner = null;
        if (folder is not null)
        {
            try
            {
                folder.ReadNames(names);
                names.Sort(NameOrder.Instance);
                inner = scope.Enter(path, folder, names, faults.Add);
                if (entry is not null) attributes?.SetAttributes(entry, AttributeSet.Encode(folder.ReadAttributes()));
            }
            catch (PlatformException e)
            {
                // A folder that could be listed keeps its items, although its own attributes are lost.
                faults.Add(SourceFault.From(e, path));
                if (inner is null) names.Clear();
            }
        }

        // An exception from here on ends the run: the trees of what is open are never written.
        var node = new FolderNode(above, slot, entry, path, folder, names.Count);
        target.Enter(node);
        if (inner is not null) WalkItems(node, names, before, inner);
        node.Release(target);
    }

    private void WalkItems(FolderNode node, List<byte[]> names, IReadOnlyList<TreeEntry> before, FilterScope scope)
    {
        int b = 0;
        for (int i = 0; i < names.Count; i++)
        {
            stopped.ThrowIfCancellationRequested();
            byte[] name = names[i];
            int order = -1;
            while (b < before.Count && (order = before[b].Name.AsSpan().SequenceCompareTo(name)) < 0) CountRemoved(before[b++]);
            TreeEntry? old = b < before.Count && order == 0 ? before[b++] : null;
            ItemInfo info;
            try
            {
                info = node.Folder!.GetInfo(name);
            }
            catch (PlatformException e)
            {
                faults.Add(SourceFault.From(e, node.PathOf(name)));
                continue;
            }

            Visit(node, i, name, info, old, scope);
        }

        while (b < before.Count) CountRemoved(before[b++]);
    }

    private void TakeSpecial(FolderNode node, int slot, byte[] name, ItemInfo info)
    {
        try
        {
            byte[]? link = info.Kind == ItemKind.SymbolicLink ? node.Folder!.ReadLink(name) : null;
            TreeEntry entry = entries.Create(name, info, linkTarget: link);
            attributes?.SetAttributes(entry, AttributeSet.Encode(node.Folder!.ReadAttributes(name, info.Kind)));
            node.Set(slot, entry);
            Count(info);
            target.Passed(node, name);
        }
        catch (PlatformException e)
        {
            faults.Add(SourceFault.From(e, node.PathOf(name)));
        }
    }

    private TreeEntry Reuse(TreeEntry old, byte[] name, in ItemInfo info)
    {
        TreeEntry entry = entries.Create(name, info, linkTarget: old.LinkTarget);
        entry.Content = old.Content;
        entry.ContentDepth = old.ContentDepth;
        entry.Extents = old.Extents;
        entry.Attributes = old.Attributes;
        entry.AttributeBlob = old.AttributeBlob;
        return entry;
    }

    private void Count(in ItemInfo info)
    {
        Interlocked.Increment(ref counters.Files);
        if (info.Kind == ItemKind.File) Interlocked.Add(ref counters.Bytes, info.Size);
    }

    // Everything in the parent's item that is no folder.
    private void CountRemoved(TreeEntry old)
    {
        if (old.Kind != ItemKind.Directory)
        {
            counters.FilesRemoved++;
            return;
        }

        foreach (TreeEntry item in ReadParent(old)) CountRemoved(item);
    }

    private IFolder? TryOpen(FolderNode node, byte[] name, string path)
    {
        try
        {
            return node.Folder!.OpenFolder(name);
        }
        catch (PlatformException e)
        {
            faults.Add(SourceFault.From(e, path));
            return null;
        }
    }

    private static bool IsEmpty(IFolder above, byte[] name)
    {
        try
        {
            using IFolder folder = above.OpenFolder(name);
            var names = new List<byte[]>();
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

    private IReadOnlyList<TreeEntry> ReadParent(TreeEntry? folder) => folder is { Kind: ItemKind.Directory } ? ReadParent(folder.Subtree) : [];

    private IReadOnlyList<TreeEntry> ReadParent(BlobId tree) => parent is null || tree.IsZero ? [] : parent.Read(tree);

    private static TreeEntry? Find(IReadOnlyList<TreeEntry> entries, byte[] name)
    {
        foreach (TreeEntry entry in entries)
        {
            if (entry.Name.AsSpan().SequenceEqual(name)) return entry;
        }

        return null;
    }
}
