using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Opens what a restore in place that was interrupted has left, or removes it where nothing in it is of use any more.</summary>
internal static class LeftRestore
{
    /// <summary>Opens what was left in a folder.</summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="records">Where restores in place are remembered.</param>
    /// <param name="holderPath">The folder that has the work folder.</param>
    /// <param name="record">What is remembered of it; <see langword="null"/>: nothing.</param>
    /// <returns><see langword="null"/>: nothing is left there any more.</returns>
    /// <exception cref="BackupException"><see cref="BackupError.RestoreBusy"/>; <see cref="BackupError.RestoreUnfinished"/> when the journal is damaged.</exception>
    public static JournaledRestore? TryOpen(IFileSystem fileSystem, RestoreRecords records, string holderPath, RestoreRecord? record)
    {
        WorkFolder? work = null;
        bool taken = false;
        try
        {
            work = TryOpenWork(fileSystem, holderPath, record);

            // Its journal says what this account is to do. Where a file system gives everything to one user, the id of the run in the home folder is proof enough.
            bool trusted = work is null || fileSystem.Accounts.Trusts(work.Folder.GetInfo().UserId);
            if (!trusted && record is null) throw Foreign(holderPath);
            if (work is not null && JournalPointer.TryRead(work.Folder) is { } primary)
            {
                if (primary != holderPath && TryOpen(fileSystem, records, primary, record) is { } other) return other;

                // What is kept in it may be all that there is of some files.
                if (work.Folder.TryGetInfo(JournalPointer.FileName, out _)) throw new InvalidDataException($"it is said to be in '{PathText.ToDisplay(primary)}', and is not there.");
                return null;
            }

            if (work is null || !work.Folder.TryGetInfo(Journal.FileName, out _))
            {
                // Nothing was in it yet, or nothing of use any more. One that is not there at all may lie on a file system that is not mounted now.
                RemoveOthers(fileSystem, record, holderPath, firstIsThere: work is not null);
                work?.Remove([]);
                if (record is not null) records.Remove(record.RunId);
                return null;
            }

            Journal journal = Journal.TryOpen(work.Folder) ?? throw new BackupException(BackupError.RestoreBusy, $"A restore in place is under way in '{PathText.ToDisplay(holderPath)}'.", holderPath);
            taken = true;
            JournaledRestore restore = JournaledRestore.Load(fileSystem, records, work, holderPath, journal, record);
            if (trusted || restore.Header.RunId == record!.RunId) return restore;
            restore.Dispose();
            throw Foreign(holderPath);
        }
        catch (InvalidDataException e)
        {
            throw new BackupException(BackupError.RestoreUnfinished, $"The journal in '{PathText.ToDisplay(holderPath)}' cannot be read: {e.Message}", holderPath, e);
        }
        catch (PlatformException e)
        {
            throw new BackupException(BackupError.DestinationUnusable, $"What an interrupted restore has left in '{PathText.ToDisplay(holderPath)}' cannot be opened: {e.Message}", holderPath, e);
        }
        finally
        {
            if (!taken) work?.Dispose();
        }
    }

    /// <summary>The modification time that a record remembers of a folder.</summary>
    public static FileTime? TimeOf(RestoreRecord? record, string path)
    {
        foreach (RestoreHolder holder in record?.Holders ?? [])
        {
            if (holder.Path == path) return new FileTime(holder.Seconds, holder.Nanoseconds);
        }

        return null;
    }

    private static BackupException Foreign(string holderPath) =>
        new(BackupError.DestinationUnusable, $"'{PathText.ToDisplay(SourcePath.Join(holderPath, PathText.FromBytes(WorkFolder.Name)))}' belongs to another account, which alone can end the restore that it is of. Delete it if there is none.", holderPath);

    // Without a journal only the record tells of them.
    private static void RemoveOthers(IFileSystem fileSystem, RestoreRecord? record, string holderPath, bool firstIsThere)
    {
        foreach (RestoreHolder holder in record?.Holders ?? [])
        {
            if (holder.Path == holderPath) continue;
            using WorkFolder? other = TryOpenWork(fileSystem, holder.Path, record);
            if (other is not null && !firstIsThere) throw new InvalidDataException("it is not there, and another work folder of it is: mount its file system.");
            other?.Remove(JournalPointer.FileName);
        }
    }

    private static WorkFolder? TryOpenWork(IFileSystem fileSystem, string holderPath, RestoreRecord? record)
    {
        IFolder holder;
        try
        {
            holder = fileSystem.OpenFolder(holderPath);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotFound)
        {
            // Deleted by somebody, with all that was in it.
            return null;
        }

        return WorkFolder.TryOpen(0, [], holder, TimeOf(record, holderPath));
    }
}
