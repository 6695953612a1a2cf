using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Finds restores in place that were interrupted: through the records in the home folder, and by their work folders in the destination. One concerns
/// only what it touches, and those of other accounts concern nobody but them.
/// </summary>
internal sealed class UnfinishedRestores(OperationContext context, RestoreRecords records)
{
    /// <summary>Refuses to go on where one was interrupted that touches what is restored now.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreUnfinished"/>.</exception>
    public void ThrowIfAny(string destination, IReadOnlyList<string> sources, Action<string>? onWarning)
    {
        foreach (LeftWork left in FindConcerning(destination, sources, onWarning))
        {
            // One that died before it had a journal has changed nothing.
            if (HasJournal(left)) throw Unfinished(left, "was interrupted, or is under way.");
        }
    }

    /// <summary>
    /// Before another restore in place: throws away what is of no use any more, goes on rolling back, and completes one of the same snapshot.
    /// </summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreUnfinished"/>: one of another snapshot had begun to replace; <see cref="BackupError.RestoreBusy"/>.</exception>
    public void Settle(
        string destination,
        IReadOnlyList<string> sources,
        string snapshotId,
        FaultLog faults,
        RunCallbacks callbacks,
        CancellationToken cancellationToken)
    {
        foreach (LeftWork left in FindConcerning(destination, sources, callbacks.OnWarning))
        {
            using JournaledRestore? restore = LeftRestore.TryOpen(context.FileSystem, records, left);
            if (restore is null) continue;
            if (restore.Mark == JournalMark.Replacing && restore.Header.SnapshotId != snapshotId)
            {
                throw Unfinished(left, "was interrupted while it replaced what is there.");
            }

            using OpenedItems opened = OpenedItems.TakeOver(context, restore.Header.RunId, restore.Header.Destination, callbacks.OnWarning);
            restore.Opened = opened;
            string what = Settle(restore, complete: true, givesUp: false, faults, cancellationToken);
            callbacks.OnMessage?.Invoke($"{restore.Header.Description} was interrupted, and is now {what}.");
        }
    }

    /// <summary>One that was interrupted in a destination.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreNotFound"/>: there is none.</exception>
    public LeftWork FindOne(string destination)
    {
        string wanted = SourcePath.Normalize(destination);
        foreach (RestoreRecord record in records.List())
        {
            if (record.Holders.Count > 0
                && (SourcePath.Normalize(record.Destination) == wanted || record.Holders.Any(h => SourcePath.Normalize(h.Path) == wanted)))
            {
                return new LeftWork(record.Holders[0].Path, record.RunId, record);
            }
        }

        IReadOnlyList<LeftWork> found = FindIn(destination);
        return found.FirstOrDefault(IsOwn) ?? (found.Count > 0 ? found[0] : throw NotFound(destination));
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="BackupException">
    /// <see cref="BackupError.RestoreNotFound"/>: nothing is left any more; <see cref="BackupError.RestoreUnfinished"/>: its journal is lost.
    /// </exception>
    public JournaledRestore Open(LeftWork left, string destination) => LeftRestore.TryOpen(context.FileSystem, records, left) ?? throw NotFound(destination);

    /// <summary>Ends one of which the journal is lost: nothing is put back, and what was kept stays in folders of their own.</summary>
    public void GiveUp(LeftWork left, FaultLog faults) => LeftRestore.GiveUp(context.FileSystem, records, left, faults);

    /// <summary>Ends one that was interrupted.</summary>
    /// <param name="restore">Which.</param>
    /// <param name="complete">Whether it is completed, where it can be; else it is rolled back.</param>
    /// <param name="givesUp">Whether it is ended in any case: what cannot be put back is a fault, and what was kept of it stays in a folder of its own.</param>
    /// <param name="faults">Told of items that cannot be put in their places.</param>
    /// <param name="cancellationToken">Ends the call; it can be called again.</param>
    /// <returns>What was done, for messages.</returns>
    public static string Settle(JournaledRestore restore, bool complete, bool givesUp, FaultLog faults, CancellationToken cancellationToken)
    {
        try
        {
            JournalMark mark = restore.Mark;
            if (!givesUp && restore.FindMissing() is [{ } missing, ..])
            {
                throw new BackupException(
                    BackupError.RestoreUnfinished,
                    $"{restore.Header.Description} cannot be ended: what it keeps in '{PathText.ToDisplay(missing)}' is not there. Mount its file system; if " +
                    "it is gone for good, roll the restore back without it.",
                    restore.Header.Destination);
            }

            if (mark == JournalMark.Replacing && complete) restore.Complete(faults, cancellationToken);
            else if (mark is JournalMark.Replacing or JournalMark.RollingBack) restore.RollBack(givesUp ? faults : null);
            restore.CleanUp(faults);
            return restore.Mark == JournalMark.Done ? "completed" : restore.Header.AtOnce ? "given up" : "rolled back";
        }
        catch (Exception e) when (e is PlatformException or InvalidDataException)
        {
            throw new BackupException(
                BackupError.RestoreUnfinished,
                $"{restore.Header.Description} could not be ended: {e.Message}",
                restore.Header.Destination,
                e);
        }
    }

    private BackupException Unfinished(LeftWork left, string state)
    {
        JournalHeader? header = LeftRestore.ReadHeader(context.FileSystem, left);
        return new BackupException(
            BackupError.RestoreUnfinished,
            $"{header?.Description ?? $"The restore {left.RunId} in '{PathText.ToDisplay(left.Holder)}'"} {state}",
            header?.Destination ?? left.Holder);
    }

    private BackupException NotFound(string destination)
    {
        string[] others = [.. records.List().Select(static r => $"'{PathText.ToDisplay(r.Destination)}'").Distinct(StringComparer.Ordinal)];
        string elsewhere = others.Length == 0 ? "" : $" One was in {string.Join(", ", others)}.";
        return new BackupException(
            BackupError.RestoreNotFound,
            $"No restore in place was interrupted in '{PathText.ToDisplay(destination)}'.{elsewhere}",
            destination);
    }

    private IEnumerable<LeftWork> FindConcerning(string destination, IReadOnlyList<string> sources, Action<string>? onWarning)
    {
        var area = new RestoreArea(destination, sources);
        foreach (LeftWork left in Find(destination))
        {
            if (left.Record is null && !IsOwn(left))
            {
                ItemInfo work = context.FileSystem.GetInfo(SourcePath.Join(left.Holder, PathText.FromBytes(WorkFolder.NameOf(left.RunId))));
                onWarning?.Invoke(
                    $"{LeftRestore.DescribeForeign(context.FileSystem, left, work)} Only that account can end it, and what it restores is not " +
                    "known to this one.");
                continue;
            }

            // Of one whose journal cannot be read it is not known what it touches.
            if (LeftRestore.ReadHeader(context.FileSystem, left) is { } header && !new RestoreArea(header.Destination, header.Paths).Overlaps(area)) continue;
            yield return left;
        }
    }

    // Records of places that have nothing to do with the destination are not looked into.
    private List<LeftWork> Find(string destination)
    {
        var found = new List<LeftWork>();
        var wanted = new RestoreArea(destination, [SourcePath.Root]);
        foreach (RestoreRecord record in records.List())
        {
            if (record.Holders.Count > 0 && new RestoreArea(record.Destination, [SourcePath.Root]).Overlaps(wanted))
            {
                found.Add(new LeftWork(record.Holders[0].Path, record.RunId, record));
            }
        }

        found.AddRange(FindIn(destination).Where(f => !found.Exists(r => r.RunId == f.RunId)));
        return found;
    }

    private IReadOnlyList<LeftWork> FindIn(string destination)
    {
        try
        {
            using IFolder folder = context.FileSystem.OpenFolder(destination);
            return [.. WorkFolder.RunsIn(folder).Select(run => new LeftWork(SourcePath.Normalize(destination), run, Record: null))];
        }
        catch (Exception e) when (e is PlatformException or ArgumentException)
        {
            // What is wrong with the path is told when it is opened.
            return [];
        }
    }

    private bool IsOwn(LeftWork left)
    {
        try
        {
            using IFolder work = context.FileSystem.OpenFolder(SourcePath.Join(left.Holder, PathText.FromBytes(WorkFolder.NameOf(left.RunId))));

            // Who may not look into it, also if it is root's, cannot end it.
            work.TryGetInfo(Journal.FileName, out _);
            return context.FileSystem.Accounts.Trusts(work.GetInfo().UserId);
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    private bool HasJournal(LeftWork left)
    {
        try
        {
            using IFolder work = context.FileSystem.OpenFolder(SourcePath.Join(left.Holder, PathText.FromBytes(WorkFolder.NameOf(left.RunId))));
            return work.TryGetInfo(Journal.FileName, out _) || work.TryGetInfo(JournalPointer.FileName, out _);
        }
        catch (PlatformException)
        {
            // It is not there: what is remembered of it may still be needed, where its file system is not mounted.
            return left.Record is { Holders.Count: > 1 };
        }
    }
}
