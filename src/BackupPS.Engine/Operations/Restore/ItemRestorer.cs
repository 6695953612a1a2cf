using System.Collections.Concurrent;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Restores single items. In a folder that was there, each is made beside its target under a temporary name and renamed, so that a crash leaves the
/// old or the new. In a folder that this restore has made, where there is no old, a file is written under its own name and marked until it is whole
/// (<see cref="UnfinishedFile"/>): that saves a rename for each file of a whole restore.
/// </summary>
internal sealed class ItemRestorer
{
    private readonly RestoreRequest request;
    private readonly IFolder destination;
    private readonly ContentWriter content;
    private readonly MetadataRestorer metadata;
    private readonly RestoreCounters counters;
    private readonly FaultLog faults;
    private readonly DifferentItems different;
    private readonly KeptItems kept;
    private readonly Writeback writeback;
    private readonly OpenedItems opened;
    private readonly Func<ReadOnlyMemory<byte>, BlobId> computeId;
    private readonly Action<RestoreFolder> finishFolder;
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), LinkGroup> links = new();

    public ItemRestorer(
        RestoreRequest request,
        IFolder destination,
        ContentWriter content,
        MetadataRestorer metadata,
        RestoreCounters counters,
        FaultLog faults,
        DifferentItems different,
        Writeback writeback,
        OpenedItems opened,
        Action<RestoreFolder> finishFolder,
        Func<ReadOnlyMemory<byte>, BlobId> computeId)
    {
        this.request = request;
        this.destination = destination;
        this.content = content;
        this.metadata = metadata;
        this.counters = counters;
        this.faults = faults;
        this.different = different;
        kept = new KeptItems(request, destination, content, opened, computeId);
        this.writeback = writeback;
        this.opened = opened;
        this.computeId = computeId;
        this.finishFolder = finishFolder;
    }

    /// <summary>Restores an item, and those that waited for it.</summary>
    public async Task RestoreAsync(RestoreJob first, CancellationToken cancellationToken)
    {
        Queue<RestoreJob>? waiting = null;
        RestoreJob? job = first;
        do
        {
            LinkGroup? group = job.Entry.IsHardLinked ? links.GetOrAdd((job.Entry.LinkDevice, job.Entry.Inode), static _ => new LinkGroup()) : null;
            RestoreJob? linkTo = null;
            if (group is not null && !group.TryTake(job, out linkTo)) continue;

            bool restored = false;
            try
            {
                restored = await TryRestoreOpenedAsync(job, group, linkTo, cancellationToken);
            }
            catch (BackupException e)
            {
                faults.Add(e.Error, job.Path, e.Message);
            }
            catch (PlatformException e)
            {
                BackupError error = e.Failure == PlatformFailure.Full ? BackupError.NotEnoughSpace : BackupError.WriteFailed;
                faults.Add(error, job.Path, e.Message);
                if (e.Failure == PlatformFailure.Full) throw new BackupException(BackupError.NotEnoughSpace, $"The destination is full: {e.Message}", request.Destination, e);
            }
            finally
            {
                if (linkTo is null && group is not null)
                {
                    foreach (RestoreJob next in group.Finish(job, restored)) (waiting ??= new Queue<RestoreJob>()).Enqueue(next);
                }
            }

            // Not where the restore ends with an exception: a folder that lacks an item is not finished, and keeps its mark.
            job.Folder.ReleaseItem(finishFolder);
        }
        while (waiting is not null && waiting.TryDequeue(out job));
    }

    // What is denied by the folder's own mode comes once the folder is open.
    private async Task<bool> TryRestoreOpenedAsync(RestoreJob job, LinkGroup? group, RestoreJob? linkTo, CancellationToken cancellationToken)
    {
        try
        {
            return await TryRestoreAsync(job, group, linkTo, cancellationToken);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && job.Folder.TryOpenUp())
        {
            return await TryRestoreAsync(job, group, linkTo, cancellationToken);
        }
    }

    // false: the item is not there under this name as the snapshot has it.
    private async Task<bool> TryRestoreAsync(RestoreJob job, LinkGroup? group, RestoreJob? linkTo, CancellationToken cancellationToken)
    {
        IFolder folder = job.Folder.Open();
        TreeEntry entry = job.Entry;
        byte[] name = TargetName.From(entry, isTop: job.Folder.Entry is null);
        if (entry.Kind == ItemKind.File && linkTo is null && await TryRestoreInPlaceAsync(folder, name, job, cancellationToken))
        {
            Interlocked.Increment(ref counters.Restored);
            return true;
        }

        ItemInfo? there = folder.TryGetInfo(name, out ItemInfo info) ? info : null;
        if (job.Folder.FindOther(folder, name, there is not null) is { } other) throw RestoreFolder.Collision(other, job.Path);
        if (there is not null && !OverwriteRule.Replaces(request.Overwrite, entry, info))
        {
            string how = await kept.FindDifferenceAsync(folder, name, job, info, cancellationToken);
            bool leaves = how.Length > 0 || request.Overwrite == OverwriteRule.Never;
            if (how.Length == 0) how = kept.FindDisunion((object?)group ?? job, linkTo, info);
            if (!leaves && how == TargetDifference.Apart)
            {
                if (TryLink(folder, name, linkTo!, there))
                {
                    Interlocked.Increment(ref counters.Restored);
                    return true;
                }

                // There are no links here: it is as like as it can be.
                how = "";
            }

            if (leaves || how.Length == 0)
            {
                Interlocked.Increment(ref counters.Skipped);
                if (how.Length > 0) different.Add(job.Path, how);
                return how.Length == 0;
            }
        }

        if (there is { Kind: ItemKind.Directory }) CheckReplaces(folder, name, info, job.Path, opened);
        if (linkTo is not null && TryLink(folder, name, linkTo, there))
        {
            // The content is there already.
        }
        else if (linkTo is not null && entry.Kind == ItemKind.File)
        {
            counters.Losses.Add(TargetLoss.HardLink, job.Path);
            await RestoreFileAsync(folder, name, job, there, cancellationToken);
        }
        else if (entry.Kind == ItemKind.File) await RestoreFileAsync(folder, name, job, there, cancellationToken);
        else await RestoreSpecialAsync(folder, name, job, there, cancellationToken);
        Interlocked.Increment(ref counters.Restored);
        return true;
    }

    /// <summary>Only an empty folder gives way to something else.</summary>
    /// <param name="folder">The folder that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="there">What the system says of it.</param>
    /// <param name="path">Absolute path on the source.</param>
    /// <param name="opened">Opens one that its own mode keeps closed; <see langword="null"/>: none is.</param>
    /// <exception cref="BackupException"><see cref="BackupError.TargetConflict"/>.</exception>
    public static void CheckReplaces(IFolder folder, byte[] name, in ItemInfo there, string path, OpenedItems? opened)
    {
        if (there.IsMountRoot) throw new BackupException(BackupError.TargetConflict, "something is mounted in the item's place", path);
        using IFolder conflicting = opened is null ? folder.OpenFolder(name) : opened.OpenFolder(folder, name, opened.PathOf(path));
        var names = new NameList();
        conflicting.ReadNames(names);
        if (names.Count > 0) throw new BackupException(BackupError.TargetConflict, "a folder with items in it is in the item's place", path);
    }

    /// <returns><see langword="false"/>: this file takes the way of a temporary name.</returns>
    private async ValueTask<bool> TryRestoreInPlaceAsync(IFolder folder, byte[] name, RestoreJob job, CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        if (!job.Folder.WritesInPlace || entry.Mode == UnfinishedFile.Mode) return false;
        IReadOnlyList<ExtendedAttribute> attributes = await metadata.ReadAttributesAsync(entry, cancellationToken);
        bool whole = false;
        using (IWritableFile? file = folder.TryCreateFile(name, UnfinishedFile.Mode))
        {
            // Something has the name: the rule of overwriting decides.
            if (file is null) return false;
            try
            {
                if (!job.Folder.KeepsMark(folder, name)) return false;
                await content.WriteAsync(file, job, cancellationToken);
                metadata.Apply(file, job.Path, entry, attributes, job.Folder.NewItems);
                if (writeback.SyncsEach) file.Sync();
                whole = true;
            }
            finally
            {
                if (!whole) DeleteOwn(folder, name, file);
            }
        }

        await VerifyAsync(folder, name, job, cancellationToken);
        return true;
    }

    // Not what another restore has meanwhile put in the place of a file that it took for one that a killed restore had left.
    private static void DeleteOwn(IFolder folder, byte[] name, IWritableFile file)
    {
        ItemInfo own = file.GetInfo();
        if (folder.TryGetInfo(name, out ItemInfo there) && there.Inode == own.Inode && there.Device == own.Device) folder.Delete(name);
    }

    private async Task RestoreFileAsync(IFolder folder, byte[] name, RestoreJob job, ItemInfo? replaced, CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        IReadOnlyList<ExtendedAttribute> attributes = await metadata.ReadAttributesAsync(entry, cancellationToken);
        byte[] temporary;
        using (IWritableFile file = folder.CreateTemporaryFile())
        {
            temporary = file.Name;
            try
            {
                await content.WriteAsync(file, job, cancellationToken);
                metadata.Apply(file, job.Path, entry, attributes, fresh: null);

                // What replaces a file must be durable before the old one goes; new files become durable together at the end.
                if (replaced is not null || writeback.SyncsEach) file.Sync();
            }
            catch
            {
                folder.Delete(temporary);
                throw;
            }
        }

        Place(folder, temporary, name, replaced);
        if (entry.WindowsAttributes != 0) folder.SetWindowsAttributes(name, entry.WindowsAttributes);
        await VerifyAsync(folder, name, job, cancellationToken);
    }

    private async ValueTask VerifyAsync(IFolder folder, byte[] name, RestoreJob job, CancellationToken cancellationToken)
    {
        if (request.Verify && !await content.VerifyAsync(folder, name, job, opened, computeId, cancellationToken))
        {
            faults.Add(BackupError.VerifyFailed, job.Path, "what was written reads back differently");
        }
    }

    private async Task RestoreSpecialAsync(IFolder folder, byte[] name, RestoreJob job, ItemInfo? replaced, CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        IReadOnlyList<ExtendedAttribute> attributes = await metadata.ReadAttributesAsync(entry, cancellationToken);
        byte[] temporary = TemporaryName.Next();
        writeback.NeedFileSystem();
        if (entry.LinkTarget.AsSpan().Contains((byte)0)) throw new BackupException(BackupError.HostileName, "the target of the link has a NUL in it", job.Path);
        try
        {
            if (entry.Kind == ItemKind.SymbolicLink) folder.CreateSymbolicLink(temporary, entry.LinkTarget);
            else folder.CreateNode(temporary, entry.Kind, entry.NodeMajor, entry.NodeMinor);
        }
        catch (PlatformException)
        {
            // A file system without nodes may make a file, and fail then.
            folder.Delete(temporary);
            throw;
        }

        metadata.Apply(folder, temporary, job.Path, entry, attributes, job.Folder.NewItems);
        Place(folder, temporary, name, replaced);
    }

    // Where the file system has no more or no hard links, or the first name lies on another one, a copy must do.
    private bool TryLink(IFolder folder, byte[] name, RestoreJob to, ItemInfo? replaced)
    {
        try
        {
            Link(folder, name, to, replaced);
            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotSupported or PlatformFailure.Denied)
        {
            return false;
        }
    }

    private void Link(IFolder folder, byte[] name, RestoreJob to, ItemInfo? replaced)
    {
        byte[] temporary = TemporaryName.Next();
        writeback.NeedFileSystem();
        byte[] existing = TargetName.From(to.Entry, isTop: to.Folder.Entry is null, to.Path);
        if (to.Folder.Entry is null)
        {
            folder.CreateHardLink(destination, existing, temporary);
        }
        else
        {
            using IFolder holder = to.Folder.OpenAgain(destination);
            folder.CreateHardLink(holder, existing, temporary);
        }

        Place(folder, temporary, name, replaced);
    }

    private static void Place(IFolder folder, byte[] temporary, byte[] name, ItemInfo? replaced)
    {
        try
        {
            bool isFolder = replaced is { Kind: ItemKind.Directory };
            if (isFolder) folder.DeleteFolder(name);
            folder.Rename(temporary, name, replace: replaced is not null && !isFolder);
        }
        catch
        {
            folder.Delete(temporary);
            throw;
        }
    }
}
