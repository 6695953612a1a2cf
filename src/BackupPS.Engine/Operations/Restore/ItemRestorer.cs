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
    private readonly Writeback writeback;
    private readonly Func<ReadOnlyMemory<byte>, BlobId> computeId;
    private readonly Action<RestoreFolder> finishFolder;
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), LinkGroup> links = new();

    public ItemRestorer(RestoreRequest request, IFolder destination, ContentWriter content, MetadataRestorer metadata, RestoreCounters counters, FaultLog faults, Writeback writeback, Func<ReadOnlyMemory<byte>, BlobId> computeId)
    {
        this.request = request;
        this.destination = destination;
        this.content = content;
        this.metadata = metadata;
        this.counters = counters;
        this.faults = faults;
        this.writeback = writeback;
        this.computeId = computeId;
        finishFolder = FinishFolder;
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
                restored = await TryRestoreAsync(job, linkTo, cancellationToken);
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
            job.Folder.Release(finishFolder);
        }
        while (waiting is not null && waiting.TryDequeue(out job));
    }

    /// <summary>Gives a folder its metadata, when all its items are done.</summary>
    public void FinishFolder(RestoreFolder folder)
    {
        writeback.Changed(folder);

        // A folder that was there, and only leads to what is restored, stays as it is.
        if (!folder.Created && !folder.WasUnfinished && (!folder.Selected || request.Overwrite == OverwriteRule.Never)) return;
        IReadOnlyList<ExtendedAttribute> attributes;
        try
        {
            attributes = metadata.ReadAttributesAsync(folder.Entry!, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (BackupException e)
        {
            faults.Add(e.Error, folder.Path, e.Message);
            attributes = [];
        }

        Interlocked.Increment(ref counters.Directories);
        metadata.Apply(folder.Parent!.Open(), TargetName.From(folder.Entry!, folder.Parent.Entry is null, folder.Path), folder.Path, folder.Entry!, attributes, folder.NewItems, isNew: folder.Created);
    }

    private async Task<bool> TryRestoreAsync(RestoreJob job, RestoreJob? linkTo, CancellationToken cancellationToken)
    {
        IFolder folder = job.Folder.Open();
        TreeEntry entry = job.Entry;
        byte[] name = TargetName.From(entry, isTop: job.Folder.Entry is null);
        if (entry.Kind == ItemKind.File && linkTo is null && await TryRestoreInPlaceAsync(folder, name, job, cancellationToken))
        {
            Interlocked.Increment(ref counters.Restored);
            return true;
        }

        bool there = folder.TryGetInfo(name, out ItemInfo info);
        if (job.Folder.FindOther(folder, name, there) is { } other) throw RestoreFolder.Collision(other, job.Path);
        if (there && !OverwriteRule.Replaces(request.Overwrite, entry, info))
        {
            Interlocked.Increment(ref counters.Skipped);
            return false;
        }

        if (there && info.Kind == ItemKind.Directory) throw new BackupException(BackupError.TargetConflict, "a folder is in the item's place", job.Path);
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

    private async Task RestoreFileAsync(IFolder folder, byte[] name, RestoreJob job, bool replace, CancellationToken cancellationToken)
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
                if (replace || writeback.SyncsEach) file.Sync();
            }
            catch
            {
                folder.Delete(temporary);
                throw;
            }
        }

        Place(folder, temporary, name, replace);
        if (entry.WindowsAttributes != 0) folder.SetWindowsAttributes(name, entry.WindowsAttributes);
        await VerifyAsync(folder, name, job, cancellationToken);
    }

    private async ValueTask VerifyAsync(IFolder folder, byte[] name, RestoreJob job, CancellationToken cancellationToken)
    {
        if (request.Verify && !await content.VerifyAsync(folder, name, job.Entry, computeId, cancellationToken))
        {
            faults.Add(BackupError.VerifyFailed, job.Path, "what was written reads back differently");
        }
    }

    private async Task RestoreSpecialAsync(IFolder folder, byte[] name, RestoreJob job, bool replace, CancellationToken cancellationToken)
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
        Place(folder, temporary, name, replace);
    }

    // Where the file system has no more or no hard links, or the first name lies on another one, a copy must do.
    private bool TryLink(IFolder folder, byte[] name, RestoreJob to, bool replace)
    {
        try
        {
            Link(folder, name, to, replace);
            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotSupported or PlatformFailure.Denied)
        {
            return false;
        }
    }

    private void Link(IFolder folder, byte[] name, RestoreJob to, bool replace)
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

        Place(folder, temporary, name, replace);
    }

    private static void Place(IFolder folder, byte[] temporary, byte[] name, bool replace)
    {
        try
        {
            folder.Rename(temporary, name, replace);
        }
        catch
        {
            folder.Delete(temporary);
            throw;
        }
    }
}
