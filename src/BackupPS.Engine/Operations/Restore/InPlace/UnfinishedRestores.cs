using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Finds restores in place that were interrupted: through the records in the home folder, and by their work folder in the destination.</summary>
internal sealed class UnfinishedRestores(OperationContext context, RestoreRecords records)
{
    /// <summary>Refuses to go on where one was interrupted.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreUnfinished"/>.</exception>
    public void ThrowIfAny(string destination)
    {
        // Nearly always: two looks, nothing else.
        if (!records.MayHaveSome && !HasWork(destination)) return;
        foreach ((string holder, _) in Find(destination))
        {
            if (HasWork(holder)) throw Changes.Unfinished(holder);
        }
    }

    /// <summary>
    /// Before another restore in place: throws away what is of no use any more, goes on rolling back, and completes one of the same snapshot.
    /// </summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreUnfinished"/>: one of another snapshot had begun to replace; <see cref="BackupError.RestoreBusy"/>.</exception>
    public void Settle(string destination, string snapshotId, FaultLog faults, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        foreach ((string holder, RestoreRecord? record) in Find(destination))
        {
            using JournaledRestore? restore = LeftRestore.TryOpen(context.FileSystem, records, holder, record);
            if (restore is null) continue;
            if (restore.Mark == JournalMark.Replacing && restore.Header.SnapshotId != snapshotId)
            {
                throw new BackupException(BackupError.RestoreUnfinished, $"A restore of the snapshot {restore.Header.SnapshotId} was interrupted in '{PathText.ToDisplay(restore.Header.Destination)}' while it replaced what is there.", restore.Header.Destination);
            }

            using OpenedItems opened = OpenedItems.TakeOver(context, restore.Header.RunId, restore.Header.Destination, callbacks.OnWarning);
            restore.Opened = opened;
            string what = Settle(restore, complete: true, faults, cancellationToken);
            callbacks.OnMessage?.Invoke($"The restore {restore.Header.RunId} of the snapshot {restore.Header.SnapshotId}, which was interrupted, was {what}.");
        }
    }

    /// <summary>Opens the one that was interrupted in a destination.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreNotFound"/>: there is none.</exception>
    public JournaledRestore Open(string destination)
    {
        foreach ((string holder, RestoreRecord? record) in Find(destination))
        {
            if (LeftRestore.TryOpen(context.FileSystem, records, holder, record) is { } restore) return restore;
        }

        throw new BackupException(BackupError.RestoreNotFound, $"No restore in place was interrupted in '{PathText.ToDisplay(destination)}'.", destination);
    }

    /// <summary>Ends one that was interrupted.</summary>
    /// <param name="restore">Which.</param>
    /// <param name="complete">Whether it is completed, where it can be; else it is rolled back.</param>
    /// <param name="faults">Told of items that cannot be put in their places.</param>
    /// <param name="cancellationToken">Ends the call; it can be called again.</param>
    /// <returns>What was done, for messages.</returns>
    public static string Settle(JournaledRestore restore, bool complete, FaultLog faults, CancellationToken cancellationToken)
    {
        try
        {
            JournalMark mark = restore.Mark;
            if (mark == JournalMark.Replacing && complete) restore.Complete(faults, cancellationToken);
            else if (mark is JournalMark.Replacing or JournalMark.RollingBack) restore.RollBack();
            restore.CleanUp();
            return restore.Mark == JournalMark.Done ? "completed" : restore.Header.AtOnce ? "given up" : "rolled back";
        }
        catch (Exception e) when (e is PlatformException or InvalidDataException)
        {
            throw new BackupException(BackupError.RestoreUnfinished, $"The restore that was interrupted in '{PathText.ToDisplay(restore.Header.Destination)}' could not be ended: {e.Message}", restore.Header.Destination, e);
        }
    }

    private List<(string Holder, RestoreRecord? Record)> Find(string destination)
    {
        var found = new List<(string Holder, RestoreRecord? Record)>();
        string wanted = SourcePath.Normalize(destination);
        foreach (RestoreRecord record in records.List())
        {
            if (record.Holders.Count == 0) continue;
            string first = record.Holders[0].Path;
            if (SourcePath.Normalize(record.Destination) != wanted && SourcePath.Normalize(first) != wanted) continue;
            found.Add((first, record));
        }

        if (!found.Exists(f => SourcePath.Normalize(f.Holder) == wanted) && HasWork(destination)) found.Add((destination, null));
        return found;
    }

    private bool HasWork(string destination)
    {
        try
        {
            return context.FileSystem.GetInfo(SourcePath.Join(destination, PathText.FromBytes(WorkFolder.Name))).Kind == ItemKind.Directory;
        }
        catch (Exception e) when (e is PlatformException or ArgumentException)
        {
            // What is wrong with the path is told when it is opened.
            return false;
        }
    }
}
