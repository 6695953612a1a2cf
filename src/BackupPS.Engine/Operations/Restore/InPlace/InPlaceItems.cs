using System.Collections.Concurrent;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Compares single items with what is there, and has those built that differ. Any thread.</summary>
/// <param name="request">What is restored.</param>
/// <param name="destination">The destination.</param>
/// <param name="accounts">Accounts of this host.</param>
/// <param name="changes">Where changes go; <see langword="null"/>: they are only counted.</param>
/// <param name="builder">Builds new items; <see langword="null"/> with <paramref name="changes"/>.</param>
/// <param name="comparer">Compares content.</param>
/// <param name="metadata">Compares metadata.</param>
/// <param name="extras">Looks at what is deleted.</param>
/// <param name="counters">Counts.</param>
/// <param name="counts">Counts.</param>
/// <param name="faults">Told of items that cannot be restored; they stay as they are.</param>
/// <param name="different">Told of items that the rule of overwriting leaves though they differ.</param>
internal sealed class InPlaceItems(
    RestoreRequest request,
    IFolder destination,
    IAccounts accounts,
    Changes? changes,
    ItemBuilder? builder,
    FileComparer comparer,
    MetadataComparer metadata,
    ExtraItems extras,
    RestoreCounters counters,
    InPlaceCounters counts,
    FaultLog faults,
    DifferentItems different)
{
    // Names of one file in the snapshot.
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), SharedFile> shared = new();

    // Files of the target with several names, and whose they are: two files of the snapshot must not be one.
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), object> owners = new();

    /// <summary>Restores an item. What is wrong with it alone is a fault; what is wrong with all is an exception.</summary>
    public async ValueTask RestoreAsync(InPlaceJob item, CancellationToken cancellationToken)
    {
        TreeEntry entry = item.Job.Entry;
        SharedFile? file = entry.IsHardLinked ? shared.GetOrAdd((entry.LinkDevice, entry.Inode), static _ => new SharedFile()) : null;
        if (file is not null) await file.Turn.WaitAsync(cancellationToken);
        try
        {
            await RestoreOpenedAsync(item, file, cancellationToken);
        }
        catch (BackupException e) when (e.Error != BackupError.RestoreUnfinished)
        {
            faults.Add(e.Error, item.Job.Path, e.Message);
        }
        catch (PlatformException e) when (e.Failure != PlatformFailure.Full)
        {
            faults.Add(BackupError.WriteFailed, item.Job.Path, e.Message);
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.NotEnoughSpace, $"The destination is full: {e.Message}", request.Destination, e);
        }
        finally
        {
            file?.Turn.Release();
        }
    }

    // What is denied by the folder's own mode comes once the folder is open.
    private async ValueTask RestoreOpenedAsync(InPlaceJob item, SharedFile? file, CancellationToken cancellationToken)
    {
        try
        {
            await RestoreAsync(item, file, cancellationToken);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && changes is not null && changes.TryOpenUp(item.Folder))
        {
            await RestoreAsync(item, file, cancellationToken);
        }
    }

    private async ValueTask RestoreAsync(InPlaceJob item, SharedFile? file, CancellationToken cancellationToken)
    {
        TargetFolder folder = item.Folder;
        TreeEntry entry = item.Job.Entry;
        byte[] name = TargetName.From(entry, isTop: folder.Parent is null);
        if (folder.IsNew)
        {
            await CreateAsync(item, name, file, cancellationToken);
            return;
        }

        if (!folder.Folder.TryGetInfo(name, out ItemInfo there))
        {
            await PutAsync(item, name, there: null, content: null, comparison: null, file, cancellationToken);
            Interlocked.Increment(ref counts.Created);
            return;
        }

        if (folder.Claims.Claim(folder.Folder, name, onlyExact: false) is { } other) throw RestoreFolder.Collision(other, item.Job.Path);
        if (OverwriteRule.Replaces(request.Overwrite, entry, there)) await CompareAsync(item, name, there, file, cancellationToken);
        else if (!await LeavesAsync(item, name, there, file, cancellationToken))
        {
            await PutAsync(item, name, there, content: null, comparison: null, file, cancellationToken);
            Interlocked.Increment(ref counts.Changed);
        }
    }

    // false: it looks the same, and must all the same become another name of a file, or a file of its own.
    private async ValueTask<bool> LeavesAsync(InPlaceJob item, byte[] name, ItemInfo there, SharedFile? file, CancellationToken cancellationToken)
    {
        string how = await FindDifferenceAsync(item, name, there, cancellationToken);
        if (how.Length == 0)
        {
            how = FindDisunion(item, there, file);
            if (how.Length == 0) file?.SettleThere(there, item.Folder.Segments, name);
            else if (request.Overwrite != OverwriteRule.Never) return false;
        }

        Interlocked.Increment(ref counters.Skipped);
        if (how.Length > 0) different.Add(item.Job.Path, how);
        return true;
    }

    private async ValueTask<string> FindDifferenceAsync(InPlaceJob item, byte[] name, ItemInfo there, CancellationToken cancellationToken)
    {
        string how = TargetDifference.Find(item.Folder.Folder, name, item.Job.Entry, there);
        if (how.Length > 0 || !request.Verify || there.Kind != ItemKind.File) return how;
        using IReadableFile? content = OpenToVerify(item, name, there);
        if (content is null) return "";
        return (await comparer.CompareAsync(content, item.Job.Entry, cancellationToken)).Same ? "" : TargetDifference.Content;
    }

    private string FindDisunion(InPlaceJob item, in ItemInfo there, SharedFile? file)
    {
        if (file is { IsSettled: true } && file.There != (there.Device, there.Inode)) return TargetDifference.Apart;
        return IsAlone(there) || IsOwn(item, there, file) ? "" : TargetDifference.Joined;
    }

    private static bool IsAlone(in ItemInfo there) => there.LinkCount <= 1 || there.Kind == ItemKind.Directory;

    // Whether no other file of the snapshot has claimed it.
    private bool IsOwn(InPlaceJob item, in ItemInfo there, SharedFile? file) =>
        ReferenceEquals(owners.GetOrAdd((there.Device, there.Inode), (object?)file ?? item), (object?)file ?? item);

    private async ValueTask CompareAsync(InPlaceJob item, byte[] name, ItemInfo there, SharedFile? file, CancellationToken cancellationToken)
    {
        TargetFolder folder = item.Folder;
        TreeEntry entry = item.Job.Entry;
        Interlocked.Increment(ref counts.Compared);
        if (file?.There == (there.Device, there.Inode))
        {
            Interlocked.Increment(ref counts.Unchanged);
            return;
        }

        using IReadableFile? content = entry.Kind == ItemKind.File && there.Kind == ItemKind.File ? TryOpen(item, name) : null;
        FileComparison? comparison = content is null || file is { IsSettled: true } ? null : await comparer.CompareAsync(content, entry, cancellationToken);
        bool same = file is not { IsSettled: true } && there.Kind == entry.Kind && IsSame(folder.Folder, name, there, entry, comparison);
        bool alone = IsAlone(there);
        if (same && (alone || IsOwn(item, there, file)))
        {
            Mending? mending = await metadata.CompareAsync(folder, name, there, entry, item.Job.Path, cancellationToken);

            // A name of the file may lie outside of what is restored: what all names share is not changed for one.
            if (mending is null || alone || file is not null)
            {
                if (mending is not null) changes?.Mend(folder, name, entry.Kind, item.Job.Path, mending);
                Interlocked.Increment(ref mending is null ? ref counts.Unchanged : ref counts.Changed);
                Interlocked.Add(ref counts.BytesReused, comparison?.BytesEqual ?? 0);
                file?.SettleThere(there, folder.Segments, name);
                return;
            }
        }

        if (there.IsMountRoot) throw new BackupException(BackupError.TargetConflict, "something is mounted in its place", item.Job.Path);
        if (there.Kind == ItemKind.Directory) CheckReplaces(folder, name, there, item.Job.Path, cancellationToken);
        if (changes is { AtOnce: true } && alone && comparison is not null && file is null && await builder!.TryChangeAsync(folder, name, item.Job, content!, comparison, cancellationToken))
        {
            Interlocked.Increment(ref counts.Changed);
            return;
        }

        await PutAsync(item, name, there, content, comparison, file, cancellationToken);
        Interlocked.Increment(ref counts.Changed);
    }

    // A new item for a folder that is there.
    private async ValueTask PutAsync(InPlaceJob item, byte[] name, ItemInfo? there, IReadableFile? content, FileComparison? comparison, SharedFile? file, CancellationToken cancellationToken)
    {
        TargetFolder folder = item.Folder;
        TreeEntry entry = item.Job.Entry;
        if (changes is null)
        {
            Plan(entry, comparison, file);
            return;
        }

        WorkFolder work = changes.WorkFor(folder);
        byte[] staged = TemporaryName.Next();
        bool linked = file is { IsSettled: true } && file.TryLink(destination, work.Folder, staged);
        if (file is { IsSettled: true } && !linked) counters.Losses.Add(TargetLoss.HardLink, item.Job.Path);
        if (!linked) staged = await builder!.BuildAsync(work.Folder, final: null, work, item.Job, content, comparison, cancellationToken);
        changes.Put(folder, name, entry.Kind, there, work, staged);
        if (file is not { IsSettled: false }) return;
        if (changes.AtOnce) file.SettleThere(folder.Folder.GetInfo(name), folder.Segments, name);
        else file.SettleNew(work, staged);
    }

    // An item of a folder that is built anew.
    private async ValueTask CreateAsync(InPlaceJob item, byte[] name, SharedFile? file, CancellationToken cancellationToken)
    {
        if (changes is null)
        {
            Plan(item.Job.Entry, comparison: null, file);
        }
        else
        {
            IFolder folder = item.Folder.Open(builder!.Create);
            WorkFolder work = changes.WorkFor(item.Folder);
            if (file is not { IsSettled: true } || !file.TryLink(destination, folder, name))
            {
                if (file is { IsSettled: true } || file?.IsApart == true) counters.Losses.Add(TargetLoss.HardLink, item.Job.Path);
                await builder!.BuildAsync(folder, name, work, item.Job, there: null, comparison: null, cancellationToken);
                if (file is { IsSettled: false }) TryShare(file, work, folder, name);
            }
        }

        Interlocked.Increment(ref counts.Created);
    }

    // By a name in the work folder, which other folders reach.
    private static void TryShare(SharedFile file, WorkFolder work, IFolder folder, byte[] name)
    {
        try
        {
            byte[] another = TemporaryName.Next();
            work.Folder.CreateHardLink(folder, name, another);
            file.SettleNew(work, another);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotSupported or PlatformFailure.Denied)
        {
            // Each name gets a file of its own.
            file.IsApart = true;
        }
    }

    private void Plan(TreeEntry entry, FileComparison? comparison, SharedFile? file)
    {
        if (file is { IsSettled: true }) return;
        file?.SettleNew(holder: null, []);
        if (entry.Kind != ItemKind.File) return;
        Interlocked.Add(ref counts.BytesReused, comparison?.BytesEqual ?? 0);

        // A tree may claim any size: the sum must not wrap around.
        long wanted = comparison?.BytesDifferent ?? ContentWriter.RangesOf(entry).Sum(static e => e.Length);
        lock (counts) counters.Bytes += Math.Min(wanted, long.MaxValue - counters.Bytes);
    }

    private void CheckReplaces(TargetFolder folder, byte[] name, in ItemInfo there, string path, CancellationToken cancellationToken)
    {
        IFolder above = folder.Folder;
        using (IFolder conflicting = changes is null ? above.OpenFolder(name) : changes.Opened.OpenFolder(above, name, changes.Opened.PathOf(path)))
        {
            var names = new NameList();
            conflicting.ReadNames(names);
            if (names.Count == 0) return;
        }

        if (!request.DeleteExtra) throw new BackupException(BackupError.TargetConflict, "a folder with items in it is in its place, which only -DeleteExtra deletes", path);
        (long files, long bytes, string reason) = extras.Measure(folder.Folder, name, path, there, scope: null, cancellationToken);
        if (reason.Length > 0) throw new BackupException(BackupError.TargetConflict, $"a folder is in its place that cannot be deleted: {reason}", path);
        Interlocked.Add(ref counts.Deleted, files);
        Interlocked.Add(ref counts.BytesDeleted, bytes);
    }

    private static bool IsSame(IFolder folder, byte[] name, in ItemInfo there, TreeEntry entry, FileComparison? comparison) => entry.Kind switch
    {
        ItemKind.File => comparison is { Same: true },
        ItemKind.SymbolicLink => folder.ReadLink(name).AsSpan().SequenceEqual(entry.LinkTarget),
        ItemKind.CharacterDevice or ItemKind.BlockDevice => there.NodeMajor == entry.NodeMajor && there.NodeMinor == entry.NodeMinor,
        _ => true,
    };

    // A file that this account may not read may still be replaced.
    private IReadableFile? TryOpen(InPlaceJob item, byte[] name)
    {
        try
        {
            return Open(item, name);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotAFile)
        {
            return null;
        }
    }

    // null: its mode keeps its owner out, and a plan opens nothing up.
    private IReadableFile? OpenToVerify(InPlaceJob item, byte[] name, in ItemInfo there)
    {
        try
        {
            return Open(item, name);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && changes is null && OwnMode.MayOpen(there, accounts))
        {
            return null;
        }
    }

    private IReadableFile Open(InPlaceJob item, byte[] name)
    {
        IFolder folder = item.Folder.Folder;
        return changes is null
            ? folder.OpenFile(name)
            : changes.Opened.OpenFile(folder, name, changes.Opened.PathOf(item.Job.Path), () => folder.OpenFile(name));
    }
}
