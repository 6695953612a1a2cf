using System.Runtime.CompilerServices;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Goes through snapshot and target side by side: finds the folders, hands out the items, and finds what the snapshot does not have. One at a time.</summary>
internal sealed class InPlaceWalk
{
    private readonly RestoreRequest request;
    private readonly IAccounts accounts;
    private readonly TreeReader trees;
    private readonly Changes? changes;
    private readonly ItemBuilder? builder;
    private readonly MetadataRestorer metadata;
    private readonly MetadataComparer comparer;
    private readonly ExtraItems measure;
    private readonly SourceFilter? filter;
    private readonly HashSet<string> sources;
    private readonly RestoreCounters counters;
    private readonly InPlaceCounters counts;
    private readonly FaultLog faults;
    private readonly Action<string>? onWarning;
    private readonly ExtraRemoval removal;
    private readonly TargetFolder top;
    private readonly RestoreFolder nowhere;
    private readonly Stack<TargetFolder?> levels = new();

    // Folders on which something is mounted: where, and what the snapshot has there.
    private readonly Dictionary<(ulong Device, ulong Inode), (string Path, BlobId Tree)> mounts = [];

    // Folders of which the snapshot could not be read to the end: what it does not seem to have is not deleted.
    private readonly HashSet<string> damaged = new(StringComparer.Ordinal);

    public InPlaceWalk(
        RestoreRequest request,
        IFolder destination,
        IAccounts accounts,
        TreeReader trees,
        Changes? changes,
        ItemBuilder? builder,
        MetadataRestorer metadata,
        MetadataComparer comparer,
        ExtraItems measure,
        SourceFilter? filter,
        IEnumerable<string> sources,
        RestoreCounters counters,
        InPlaceCounters counts,
        FaultLog faults,
        Action<string>? onWarning,
        Action<string>? onExtra)
    {
        this.request = request;
        this.accounts = accounts;
        this.trees = trees;
        this.changes = changes;
        this.builder = builder;
        this.metadata = metadata;
        this.comparer = comparer;
        this.measure = measure;
        this.filter = filter;
        this.sources = [.. sources];
        this.counters = counters;
        this.counts = counts;
        this.faults = faults;
        this.onWarning = onWarning;
        removal = new ExtraRemoval(changes, measure, counts, faults, onWarning, onExtra);
        top = TargetFolder.ForDestination(destination);
        nowhere = RestoreFolder.ForDestination(destination, request.Overwrite, opened: null);
    }

    /// <summary>The items, one by one; each holds its folder open until <see cref="Release"/>.</summary>
    public async IAsyncEnumerable<InPlaceJob> FindAsync(BlobId root, ItemSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        levels.Push(top);
        if (request.DeleteExtra && selection.IsEverything && sources.Contains(SourcePath.Root))
        {
            // The whole file system was saved: what the snapshot does not have is extra at its top, too.
            top.Extras = new FolderExtras(top.Folder);
            top.Scope = filter?.Begin(top.Path, top.There!.Value).Enter(top.Path, top.Folder, top.Extras.Names, _ => top.KeepsExtras = true);
        }

        await foreach (TreeItem item in new SnapshotItems(trees).EnumerateAsync(root, selection, below: true, OnDamage, cancellationToken))
        {
            while (levels.Count > item.Depth + 1) Leave(levels.Pop(), cancellationToken);
            TargetFolder? parent = levels.Peek();
            parent?.Resume();
            parent?.Extras?.See(item.Entry.Name);
            if (item.Entry.Kind == ItemKind.Directory)
            {
                levels.Push(parent is null ? null : await TryEnterAsync(parent, item, cancellationToken));
                parent?.Rest();
            }
            else if (parent is not null)
            {
                parent.Expect();
                yield return new InPlaceJob(parent, new RestoreJob(nowhere, item.Folder, item.Entry));
            }
        }

        while (levels.TryPop(out TargetFolder? left)) Leave(left, cancellationToken);
    }

    /// <summary>Whether a folder of the snapshot could not be read.</summary>
    public bool MetDamage => damaged.Count > 0;

    /// <summary>An item is done.</summary>
    public void Release(InPlaceJob job) => job.Folder.ReleaseItem(Finish);

    /// <summary>Closes what a restore that was given up has left open.</summary>
    public void Abandon() => top.Abandon();

    private void OnDamage(string path, BackupException e)
    {
        damaged.Add(path);
        faults.Add(e.Error, path, e.Message);
    }

    private async ValueTask<TargetFolder?> TryEnterAsync(TargetFolder parent, TreeItem item, CancellationToken cancellationToken)
    {
        string path = item.Path;
        try
        {
            return await EnterAsync(parent, item, path, cancellationToken);
        }
        catch (BackupException e) when (e.Error != BackupError.RestoreUnfinished && e.Error != BackupError.NotEnoughSpace)
        {
            faults.Add(e.Error, path, e.Message);
        }
        catch (PlatformException e) when (e.Failure != PlatformFailure.Full)
        {
            faults.Add(BackupError.WriteFailed, path, e.Message);
        }

        return null;
    }

    private async ValueTask<TargetFolder?> EnterAsync(TargetFolder parent, TreeItem item, string path, CancellationToken cancellationToken)
    {
        TreeEntry entry = item.Entry;
        byte[] name = TargetName.From(entry, isTop: parent.Parent is null, path);
        bool selected = item.Selected && !entry.Ancestor;
        ItemInfo? replaced = null;
        if (!parent.IsNew && parent.Folder.TryGetInfo(name, out ItemInfo info))
        {
            if (measure.IsProtected(info))
            {
                // The snapshot of a source that holds them has older ones: with those this restore would take away what it reads, and the records of it.
                onWarning?.Invoke($"'{PathText.ToDisplay(path)}' is the repository, or BackupPS's own home folder: it was left as it is.");
                Interlocked.Increment(ref counters.Skipped);
                return null;
            }

            if (info.Kind == ItemKind.SymbolicLink && entry.Ancestor) return EnterLed(parent, name, path, entry);
            if (parent.Claims.Claim(parent.Folder, name, onlyExact: false) is { } other) throw RestoreFolder.Collision(other, path);
            if (info.Kind == ItemKind.Directory) return await EnterExistingAsync(parent, item, name, path, info, selected, cancellationToken);
            if (!selected || !OverwriteRule.Replaces(request.Overwrite, entry, info)) throw new BackupException(BackupError.TargetConflict, "something that is not a folder is in the folder's place", path);
            if (info.IsMountRoot) throw new BackupException(BackupError.TargetConflict, "something is mounted in its place", path);
            replaced = info;
        }

        TargetFolder made = parent.New(path, name, entry, replaced, selected, await metadata.ReadAttributesAsync(entry, cancellationToken));
        if (changes is null)
        {
            if (item.Selected) Interlocked.Increment(ref counters.Directories);
        }
        else if (item.Selected)
        {
            TryOpen(made);
        }

        return made;
    }

    // The way to what was saved leads through a link, as it did then or does now.
    private TargetFolder? EnterLed(TargetFolder parent, byte[] name, string path, TreeEntry entry)
    {
        (IFolder opened, byte[][] segments) = LeadingLink.Follow(top.Folder, parent.Segments, name, path, accounts);
        bool entered = false;
        try
        {
            if (measure.IsProtected(opened.GetInfo()))
            {
                throw new BackupException(
                    BackupError.TargetConflict,
                    "a link in the folder's place leads to the repository, or to BackupPS's own home folder",
                    path);
            }

            TargetFolder folder = parent.LedTo(path, name, entry, opened, segments);
            entered = true;
            return folder;
        }
        finally
        {
            if (!entered) opened.Dispose();
        }
    }

    // One that cannot be made must not keep those above it from being finished.
    private void TryOpen(TargetFolder made)
    {
        bool opened = false;
        try
        {
            made.Open(builder!.Create);
            opened = true;
        }
        finally
        {
            if (!opened) made.Release(Finish);
        }
    }

    private async ValueTask<TargetFolder?> EnterExistingAsync(
        TargetFolder parent,
        TreeItem item,
        byte[] name,
        string path,
        ItemInfo info,
        bool selected,
        CancellationToken cancellationToken)
    {
        TreeEntry entry = item.Entry;
        if (info.IsMountRoot && IsRestoredAlready(path, entry, info)) return null;
        bool mends = selected && request.Overwrite != OverwriteRule.Never;
        IFolder? opened = changes is null
            ? OwnMode.TryLook(parent.Folder, name, info, accounts)
            : changes.Opened.OpenFolder(parent.Folder, name, changes.Opened.PathOf(path));
        if (opened is null)
        {
            onWarning?.Invoke(OwnMode.Describe(path));
            if (item.Selected) Interlocked.Increment(ref counters.Directories);
            return parent.New(path, name, entry, info, selected, attributes: []);
        }

        bool entered = false;
        try
        {
            // Once it is open: of one that is closed not all attributes can be read.
            Mending? mending = mends ? await comparer.CompareAsync(parent, name, info, entry, path, cancellationToken) : null;
            FolderExtras? extras = request.DeleteExtra && (selected || parent.Scope is not null || sources.Contains(path)) ? new FolderExtras(opened) : null;
            FilterScope? scope = filter is null || extras is null ? null : parent.Scope ?? (sources.Contains(path) ? filter.Begin(path, info) : null);
            bool keeps = parent.KeepsExtras;
            scope = scope?.Enter(path, opened, extras!.Names, fault =>
            {
                // Its rules hold for all below: what they exclude is not known.
                faults.Add(fault);
                keeps = true;
            });
            // What is mounted here now may not have been, or was left out (-OneFileSystem): a snapshot that has nothing in the folder says nothing of it.
            if (extras is { Names.Count: > 0 } && selected && info.IsMountRoot && (await trees.ReadAllAsync(entry.Subtree, cancellationToken)).Count == 0)
            {
                counts.ExtrasKept += extras.Names.Count;
                onWarning?.Invoke(
                    $"A file system is mounted on '{PathText.ToDisplay(path)}', and the snapshot has nothing in that folder: nothing in it was deleted.");
                keeps = true;
            }

            TargetFolder folder = parent.Existing(path, name, entry, opened, info, mends, mending);
            entered = true;
            folder.Scope = scope;
            folder.KeepsExtras = keeps;
            folder.Extras = selected ? extras : null;
            return folder;
        }
        finally
        {
            if (!entered) opened.Dispose();
        }
    }

    // One folder that is mounted at two places below the destination, as containers have it.
    private bool IsRestoredAlready(string path, TreeEntry entry, in ItemInfo info)
    {
        if (mounts.TryAdd((info.Device, info.Inode), (path, entry.Subtree))) return false;
        (string first, BlobId tree) = mounts[(info.Device, info.Inode)];
        bool same = tree.Equals(entry.Subtree);
        string what = same ? "it was restored once, there" : "of what the snapshot has for the two, the second stays where they differ";
        onWarning?.Invoke($"'{PathText.ToDisplay(path)}' is the same folder as '{PathText.ToDisplay(first)}', mounted twice: {what}.");
        return same;
    }

    private void Leave(TargetFolder? folder, CancellationToken cancellationToken)
    {
        if (folder is null) return;
        folder.Resume();
        if (!folder.KeepsExtras && !damaged.Contains(folder.Path)) removal.RemoveFrom(folder, cancellationToken);
        folder.Release(Finish);
    }

    // The last item of a folder is done; any thread.
    private void Finish(TargetFolder folder)
    {
        if (folder.IsNew)
        {
            if (changes is null || !folder.IsBegun) return;
            Interlocked.Increment(ref counters.Directories);
            builder!.Finish(folder);
            return;
        }

        if (folder.Selected && (folder.Mending is not null || folder.Touched || changes is null)) Interlocked.Increment(ref counters.Directories);
        if (changes is null) return;
        FileTime before = folder.There!.Value.Modified;
        Mending? mending = folder.Mending;
        if (folder.Touched && folder.Selected)
        {
            mending ??= new Mending(new ItemState(), new ItemState());
            mending = new Mending(mending.Old with { Modified = before }, mending.New with { Modified = folder.Entry!.Modified });
        }

        if (mending is not null) TryMend(folder, mending);

        // A folder that only leads to what is restored gets its time back if all is rolled back.
        else if (folder.Touched) changes.Mend(folder, [], ItemKind.Directory, folder.Path, new Mending(new ItemState { Modified = before }, new ItemState()));
    }

    private void TryMend(TargetFolder folder, Mending mending)
    {
        try
        {
            changes!.Mend(folder.Parent!, folder.Name, ItemKind.Directory, folder.Path, mending, around: folder);
        }
        catch (BackupException e) when (e.Error == BackupError.WriteFailed)
        {
            faults.Add(BackupError.MetadataNotRestored, folder.Path, e.Message);
        }
    }
}
