using System.Collections.Concurrent;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Looks at items that are there and that the rule of overwriting leaves: whether they are what the snapshot has. Any thread.</summary>
internal sealed class KeptItems(
    RestoreRequest request,
    IFolder destination,
    ContentWriter content,
    OpenedItems opened,
    Func<ReadOnlyMemory<byte>, BlobId> computeId)
{
    // Files of the target with several names, and whose they are: two files of the snapshot must not be one.
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), object> owners = new();

    /// <summary>How an item differs, by a look, or by reading it where that was asked for; empty: it does not.</summary>
    public async ValueTask<string> FindDifferenceAsync(IFolder folder, byte[] name, RestoreJob job, ItemInfo there, CancellationToken cancellationToken)
    {
        string how = TargetDifference.Find(folder, name, job.Entry, there);
        if (how.Length > 0 || !request.Verify || job.Entry.Kind != ItemKind.File) return how;
        return await content.VerifyAsync(folder, name, job, opened, computeId, cancellationToken) ? "" : TargetDifference.Content;
    }

    /// <summary>Of what looks the same: whether it is one file with what it is linked with in the snapshot, and with nothing else of it.</summary>
    /// <param name="owner">The item in the snapshot, or all names of it.</param>
    /// <param name="linkedTo">Another name of it that has its place.</param>
    /// <param name="there">What is there.</param>
    /// <returns>Empty; or <see cref="TargetDifference.Apart"/> or <see cref="TargetDifference.Joined"/>.</returns>
    public string FindDisunion(object owner, RestoreJob? linkedTo, in ItemInfo there)
    {
        if (linkedTo is not null && !IsFile(linkedTo, there)) return TargetDifference.Apart;
        return there.LinkCount <= 1 || ReferenceEquals(owners.GetOrAdd((there.Device, there.Inode), owner), owner) ? "" : TargetDifference.Joined;
    }

    private bool IsFile(RestoreJob job, in ItemInfo file)
    {
        byte[] name = TargetName.From(job.Entry, isTop: job.Folder.Entry is null, job.Path);
        using IFolder? holder = job.Folder.Entry is null ? null : job.Folder.OpenAgain(destination);
        return (holder ?? destination).TryGetInfo(name, out ItemInfo there) && there.Inode == file.Inode && there.Device == file.Device;
    }
}
