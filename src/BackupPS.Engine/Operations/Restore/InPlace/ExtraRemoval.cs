using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Removes what the snapshot does not have from the folders that are restored, where it may go. One at a time.</summary>
/// <param name="changes">Where changes go; <see langword="null"/>: they are only counted.</param>
/// <param name="measure">Looks at what would be deleted.</param>
/// <param name="counts">Counts.</param>
/// <param name="faults">Told of what cannot be removed.</param>
/// <param name="onWarning">Told of what is left, and why.</param>
/// <param name="onExtra">Told of what is removed.</param>
internal sealed class ExtraRemoval(
    Changes? changes,
    ExtraItems measure,
    InPlaceCounters counts,
    FaultLog faults,
    Action<string>? onWarning,
    Action<string>? onExtra)
{
    /// <summary>Removes what was not seen in a folder (<see cref="TargetFolder.Extras"/>), of which the snapshot has been read to the end.</summary>
    public void RemoveFrom(TargetFolder folder, CancellationToken cancellationToken)
    {
        if (folder.Extras is not { } extras || IsMountedOverEmpty(folder, extras)) return;
        foreach (byte[] name in extras.Unseen())
        {
            cancellationToken.ThrowIfCancellationRequested();
            TryRemove(folder, name, cancellationToken);
        }
    }

    // Saved empty, as with -OneFileSystem, or because nothing was mounted on it: the snapshot does not know what is mounted on it now.
    private bool IsMountedOverEmpty(TargetFolder folder, FolderExtras extras)
    {
        if (folder.Entry is null || !folder.There!.Value.IsMountRoot || extras.AnySeen || extras.Names.Count == 0) return false;
        counts.ExtrasKept++;
        onWarning?.Invoke($"'{PathText.ToDisplay(folder.Path)}' is empty in the snapshot, and a file system is mounted on it now: nothing in it was deleted.");
        return true;
    }

    private void TryRemove(TargetFolder folder, byte[] name, CancellationToken cancellationToken)
    {
        string path = SourcePath.Join(folder.Path, PathText.FromBytes(name));
        try
        {
            Remove(folder, name, path, cancellationToken);
        }
        catch (PlatformException e) when (e.Failure != PlatformFailure.Full)
        {
            faults.Add(BackupError.WriteFailed, path, e.Message);
        }
    }

    private void Remove(TargetFolder folder, byte[] name, string path, CancellationToken cancellationToken)
    {
        if (changes?.IsOwn(name) == true || !folder.Folder.TryGetInfo(name, out ItemInfo info)) return;

        // Every ext file system has one at its top, which its repair uses.
        if (folder.There!.Value.IsMountRoot && info.Kind == ItemKind.Directory && name.AsSpan().SequenceEqual("lost+found"u8)) return;
        if (folder.Scope?.Decide(path, info) == FilterDecision.Exclude)
        {
            counts.ExtrasKept++;
            return;
        }

        (long files, long bytes, string reason) = measure.Measure(folder.Folder, name, path, info, folder.Scope, cancellationToken);
        if (folder.Extras!.IsAlso(folder.Folder, name, info)) reason = "its file system takes names of different case for the same";
        if (reason.Length > 0)
        {
            counts.ExtrasKept++;
            onWarning?.Invoke($"'{PathText.ToDisplay(path)}' is not in the snapshot, and was not deleted: {reason}.");
            return;
        }

        changes?.Remove(folder, name, info);
        onExtra?.Invoke(path);
        Interlocked.Add(ref counts.Deleted, files);
        Interlocked.Add(ref counts.BytesDeleted, bytes);
    }
}
