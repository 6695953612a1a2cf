using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Builds new items, with content and metadata, where nobody looks for them yet; or writes what differs into a file that is there. Any thread.</summary>
internal sealed class ItemBuilder(RestoreRequest request, IFolder destination, Changes changes, ContentWriter content, BlockWriter blocks, MetadataRestorer metadata, Func<ReadOnlyMemory<byte>, BlobId> computeId)
{
    private const uint NewFileMode = 0x180; // 0600

    private readonly ulong device = destination.GetInfo().Device;

    /// <summary>Makes and opens a folder that is built anew.</summary>
    public IFolder Create(TargetFolder folder)
    {
        if (!folder.IsTopOfNew)
        {
            // From above, so that depth does not cost the thread's stack.
            var above = new Stack<TargetFolder>();
            for (TargetFolder next = folder.Parent!; next is { IsNew: true, IsBegun: false }; next = next.Parent!) above.Push(next);
            foreach (TargetFolder next in above) next.With(f => f.Open(Create));
            return folder.Parent!.With(parent => CreateIn(parent.Open(Create), folder));
        }

        WorkFolder work = changes.WorkFor(folder.Parent!);
        byte[] staged = TemporaryName.Next();
        work.Folder.CreateFolder(staged);
        folder.Work = work;
        folder.Staged = staged;
        return work.Folder.OpenFolder(staged);
    }

    private static IFolder CreateIn(IFolder above, TargetFolder folder)
    {
        try
        {
            above.CreateFolder(folder.Name);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Exists)
        {
            throw Collision(folder.Path, e);
        }

        return above.OpenFolder(folder.Name);
    }

    /// <summary>Gives a folder that was built its metadata, when all in it is done; the topmost of what is built gets its place.</summary>
    public void Finish(TargetFolder folder)
    {
        if (!folder.IsTopOfNew)
        {
            metadata.Apply(folder.Parent!.Open(Create), folder.Name, folder.Path, folder.Entry!, folder.Attributes, fresh: null);
            return;
        }

        metadata.Apply(folder.Work!.Folder, folder.Staged, folder.Path, folder.Entry!, folder.Attributes, fresh: null);
        changes.Put(folder.Parent!, folder.Name, ItemKind.Directory, folder.There, folder.Work, folder.Staged);
    }

    /// <summary>Builds an item that is no folder.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="final">Its name; <see langword="null"/>: a fresh one.</param>
    /// <param name="work">The work folder that it is in, or below.</param>
    /// <param name="job">The item in the snapshot.</param>
    /// <param name="there">A file that has parts of its content, if there is one.</param>
    /// <param name="comparison">Which parts.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Its name.</returns>
    public async ValueTask<byte[]> BuildAsync(IFolder folder, byte[]? final, WorkFolder work, RestoreJob job, IReadableFile? there, FileComparison? comparison, CancellationToken cancellationToken)
    {
        TreeEntry entry = job.Entry;
        IReadOnlyList<ExtendedAttribute> attributes = await metadata.ReadAttributesAsync(entry, cancellationToken);
        byte[] name = entry.Kind == ItemKind.File
            ? await BuildFileAsync(folder, final, work, job, there, comparison, attributes, cancellationToken)
            : BuildSpecial(folder, final ?? TemporaryName.Next(), job, attributes);
        return name;
    }

    /// <summary>Writes what differs straight into a file that is there.</summary>
    /// <returns><see langword="false"/>: it cannot be written to, and nothing was.</returns>
    public async ValueTask<bool> TryChangeAsync(TargetFolder folder, byte[] name, RestoreJob job, IReadableFile there, FileComparison comparison, CancellationToken cancellationToken)
    {
        IReadOnlyList<ExtendedAttribute> attributes = await metadata.ReadAttributesAsync(job.Entry, cancellationToken);
        IWritableFile file;
        try
        {
            file = changes.Opened.OpenToChange(folder.Folder, name, changes.Opened.PathOf(job.Path), () => folder.Folder.OpenForWriting(name), out _);
        }
        catch (PlatformException)
        {
            // A program that runs, or a file that this account may only replace.
            return false;
        }

        using (file)
        {
            await blocks.WriteAsync(file, there, comparison, job, shares: true, cancellationToken);
            metadata.Apply(file, job.Path, job.Entry, attributes, fresh: null, isNew: false);
            changes.Opened.HasMode(folder.Folder, name);

            // The barrier at the end is one for the destination's file system.
            if (folder.There!.Value.Device != device) file.Sync();
        }

        await VerifyAsync(folder.Folder, name, job, cancellationToken);
        return true;
    }

    private async ValueTask<byte[]> BuildFileAsync(IFolder folder, byte[]? final, WorkFolder work, RestoreJob job, IReadableFile? there, FileComparison? comparison, IReadOnlyList<ExtendedAttribute> attributes, CancellationToken cancellationToken)
    {
        byte[] name;
        using (IWritableFile file = (final is null ? null : folder.TryCreateFile(final, NewFileMode)) ?? folder.CreateTemporaryFile())
        {
            name = file.Name;
            try
            {
                if (comparison is { AnyEqual: true }) await blocks.WriteAsync(file, there!, comparison, job, TryClone(file, there!, comparison, work), cancellationToken);
                else await content.WriteAsync(file, job, cancellationToken);
                metadata.Apply(file, job.Path, job.Entry, attributes, fresh: null);
            }
            catch
            {
                folder.Delete(name);
                throw;
            }
        }

        if (final is not null && !name.AsSpan().SequenceEqual(final)) Place(folder, name, final, job);
        name = final ?? name;
        if (job.Entry.WindowsAttributes != 0) folder.SetWindowsAttributes(name, job.Entry.WindowsAttributes);
        await VerifyAsync(folder, name, job, cancellationToken);
        return name;
    }

    private static void Place(IFolder folder, byte[] name, byte[] final, RestoreJob job)
    {
        try
        {
            folder.Rename(name, final, replace: false);
        }
        catch (PlatformException e)
        {
            folder.Delete(name);
            if (e.Failure == PlatformFailure.Exists) throw Collision(job.Path, e);
            throw;
        }
    }

    // Nothing but items of the snapshot is in a folder that is built anew.
    private static BackupException Collision(string path, PlatformException e) =>
        new(BackupError.TargetConflict, "the target's file system takes its name for that of another item of the snapshot", path, e);

    private static bool TryClone(IWritableFile file, IReadableFile there, FileComparison comparison, WorkFolder work)
    {
        if (work.CannotClone) return false;
        if (!file.TryClone(there))
        {
            work.CannotClone = true;
            return false;
        }

        // What was compared must be what was cloned.
        ItemInfo now = there.GetInfo();
        if (now.Size == comparison.Opened.Size && now.Modified == comparison.Opened.Modified && now.Changed == comparison.Opened.Changed) return true;
        file.SetLength(0);
        return false;
    }

    private byte[] BuildSpecial(IFolder folder, byte[] name, RestoreJob job, IReadOnlyList<ExtendedAttribute> attributes)
    {
        TreeEntry entry = job.Entry;
        if (entry.LinkTarget.AsSpan().Contains((byte)0)) throw new BackupException(BackupError.HostileName, "the target of the link has a NUL in it", job.Path);
        try
        {
            if (entry.Kind == ItemKind.SymbolicLink) folder.CreateSymbolicLink(name, entry.LinkTarget);
            else folder.CreateNode(name, entry.Kind, entry.NodeMajor, entry.NodeMinor);
        }
        catch (PlatformException e) when (e.Failure != PlatformFailure.Exists)
        {
            // A file system without nodes may make a file, and fail then.
            folder.Delete(name);
            throw;
        }

        metadata.Apply(folder, name, job.Path, entry, attributes, fresh: null);
        return name;
    }

    // Before it takes its place.
    private async ValueTask VerifyAsync(IFolder folder, byte[] name, RestoreJob job, CancellationToken cancellationToken)
    {
        if (!request.Verify || job.Entry.Kind != ItemKind.File || await content.VerifyAsync(folder, name, job, changes.Opened, computeId, cancellationToken))
        {
            return;
        }

        throw new BackupException(BackupError.VerifyFailed, "what was written reads back differently", job.Path);
    }
}
