using BackupPS.Engine.Operations.Snapshots;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>What was asked for and is not in the snapshot: each is a fault; where there is nothing else, the restore fails.</summary>
internal static class MissingItems
{
    /// <param name="selection">What was asked for, when the whole snapshot has been gone through.</param>
    /// <param name="snapshotId">The snapshot.</param>
    /// <param name="isWhole">Whether all of the snapshot that was looked through could be read; else that is the reason, and told for itself.</param>
    /// <param name="onFault">Told of each.</param>
    /// <exception cref="BackupException">Nothing that was asked for is there (<see cref="BackupError.ItemNotFound"/>).</exception>
    public static void Tell(ItemSelection selection, string snapshotId, bool isWhole, Action<BackupFault>? onFault)
    {
        if (selection.MetNothing && isWhole)
        {
            IReadOnlyList<string> asked = [.. selection.Unmatched, .. selection.Missing];
            throw new BackupException(
                BackupError.ItemNotFound,
                $"Nothing in the snapshot {snapshotId} matches {string.Join(", ", asked.Select(PathText.ToDisplay))}.",
                asked[0]);
        }

        foreach (string pattern in selection.Unmatched)
        {
            onFault?.Invoke(new BackupFault(BackupError.ItemNotFound, pattern, $"nothing in the snapshot {snapshotId} matches it"));
        }

        foreach (string missing in selection.Missing)
        {
            onFault?.Invoke(new BackupFault(BackupError.ItemNotFound, missing, $"it is not in the snapshot {snapshotId}"));
        }
    }
}
