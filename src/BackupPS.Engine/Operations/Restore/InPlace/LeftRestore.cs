using System.Globalization;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Opens what a restore in place that was interrupted has left, removes it where nothing in it is of use any more, or gives it up.</summary>
internal static class LeftRestore
{
    /// <summary>Opens what was left in a folder.</summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="records">Where restores in place are remembered.</param>
    /// <param name="left">Where it is.</param>
    /// <returns><see langword="null"/>: nothing is left there any more.</returns>
    /// <exception cref="BackupException">
    /// <see cref="BackupError.RestoreBusy"/>; <see cref="BackupError.RestoreUnfinished"/> when the journal is damaged, or not there.
    /// </exception>
    public static JournaledRestore? TryOpen(IFileSystem fileSystem, RestoreRecords records, LeftWork left)
    {
        WorkFolder? work = null;
        bool taken = false;
        try
        {
            work = TryOpenWork(fileSystem, left);

            // Its journal says what this account is to do. Where a file system gives everything to one user, what only the home folder knows is proof enough.
            bool trusted = work is null || fileSystem.Accounts.Trusts(work.Folder.GetInfo().UserId);
            if (!trusted && left.Record is null) throw Foreign(left);
            if (work is not null && JournalPointer.TryRead(work.Folder) is { } primary)
            {
                if (primary != left.Holder && TryOpen(fileSystem, records, left with { Holder = primary }) is { } other) return other;

                // What is kept in it may be all that there is of some files.
                if (work.Folder.TryGetInfo(JournalPointer.FileName, out _)) throw new InvalidDataException($"it is said to be in '{PathText.ToDisplay(primary)}', and is not there.");
                return null;
            }

            if (work is null || !work.Folder.TryGetInfo(Journal.FileName, out _))
            {
                if (work is not null && !WorkFolder.HoldsOnlyOurs(work.Folder)) return null;

                // Nothing was in it yet, or nothing of use any more. One that is not there at all may lie on a file system that is not mounted now.
                RemoveOthers(fileSystem, left, firstIsThere: work is not null);
                work?.Remove([]);
                records.Remove(left.RunId);
                return null;
            }

            Journal journal = Journal.TryOpen(work.Folder) ?? throw Busy(left, work);
            taken = true;
            JournaledRestore restore = JournalLoader.Load(fileSystem, records, work, left.Holder, journal, left.Record);
            bool ofFolder = restore.Header.RunId == left.RunId;
            if (ofFolder && (trusted || restore.Header.Proof == left.Record!.Proof)) return restore;
            restore.Dispose();
            throw ofFolder ? Foreign(left) : new InvalidDataException("it is of another restore than its folder.");
        }
        catch (InvalidDataException e)
        {
            throw new BackupException(
                BackupError.RestoreUnfinished,
                $"The journal of the restore {left.RunId}, which was interrupted in '{PathText.ToDisplay(left.Holder)}', cannot be read: {e.Message}",
                left.Holder,
                e);
        }
        catch (PlatformException e)
        {
            throw new BackupException(
                BackupError.RestoreUnfinished,
                $"What the restore {left.RunId}, which was interrupted, has left in '{PathText.ToDisplay(left.Holder)}' cannot be opened: {e.Message}",
                left.Holder,
                e);
        }
        finally
        {
            if (!taken) work?.Dispose();
        }
    }

    /// <summary>What the journal says of a restore, also of one that is under way.</summary>
    /// <returns><see langword="null"/>: there is none, or it cannot be read.</returns>
    public static JournalHeader? ReadHeader(IFileSystem fileSystem, LeftWork left)
    {
        try
        {
            using WorkFolder? work = TryOpenWork(fileSystem, left with { Record = null });
            if (work is null) return null;
            if (JournalPointer.TryRead(work.Folder) is { } primary && primary != left.Holder) return ReadHeader(fileSystem, left with { Holder = primary });
            if (Journal.ReadFirst(work.Folder) is not { } bytes) return null;
            var reader = new ByteReader(bytes.AsSpan(1));
            JournalHeader header = JournalHeader.Read(ref reader);

            // It is of the files around it, wherever a copy or another mount has brought them.
            return left.Record is null ? header with { Destination = JournalLoader.Above(left.Holder, Step.ReadSegments(ref reader)) } : header;
        }
        catch (Exception e) when (e is PlatformException or InvalidDataException or FormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Ends a restore of which the journal is lost: what its work folders hold stays where it is, in folders that are none of a restore any more.
    /// </summary>
    /// <param name="fileSystem">The file system.</param>
    /// <param name="records">Where restores in place are remembered.</param>
    /// <param name="left">Where one of its work folders is.</param>
    /// <param name="faults">Told of each folder.</param>
    public static void GiveUp(IFileSystem fileSystem, RestoreRecords records, LeftWork left, FaultLog faults)
    {
        var holders = new Queue<string>([left.Holder, .. (left.Record?.Holders ?? []).Select(static h => h.Path)]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (holders.TryDequeue(out string? holder))
        {
            if (!seen.Add(holder)) continue;
            try
            {
                using WorkFolder? work = TryOpenWork(fileSystem, left with { Holder = holder });
                if (work is null) continue;
                if (left.Record is null && !fileSystem.Accounts.Trusts(work.Folder.GetInfo().UserId)) throw Foreign(left);
                if (JournalPointer.TryRead(work.Folder) is { } primary) holders.Enqueue(primary);
                using Journal? journal = work.Folder.TryGetInfo(Journal.FileName, out _) ? Journal.TryOpen(work.Folder) ?? throw Busy(left, work) : null;
                work.GiveUp();
                faults.Add(
                    BackupError.RestoreUnfinished,
                    holder,
                    $"what the restore has kept could not be put back, and is left in " +
                    $"'{PathText.ToDisplay(SourcePath.Join(holder, PathText.FromBytes(work.LeftName)))}'");
            }
            catch (Exception e) when (e is PlatformException or InvalidDataException)
            {
                faults.Add(BackupError.RestoreUnfinished, holder, $"what the restore has left there cannot be reached: {e.Message}");
            }
        }

        records.Remove(left.RunId);
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

    /// <summary>Who has left a work folder, when, and by which run, where its journal is not for this account.</summary>
    public static string DescribeForeign(IFileSystem fileSystem, LeftWork left, in ItemInfo work)
    {
        string name = fileSystem.Accounts.GetUserName(work.UserId);
        string account = name.Length > 0 ? name : string.Create(CultureInfo.InvariantCulture, $"the user {work.UserId}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The restore {left.RunId} of another account ({account}; last change {work.Modified.ToDateTime():yyyy-MM-dd HH:mm:ss}Z) was interrupted, or is " +
            $"under way, in '{PathText.ToDisplay(left.Holder)}'.");
    }

    private static BackupException Busy(LeftWork left, WorkFolder work)
    {
        string what = $"The restore {left.RunId}";
        if (Journal.ReadFirst(work.Folder) is { } bytes)
        {
            var reader = new ByteReader(bytes.AsSpan(1));
            what = JournalHeader.Read(ref reader).Description;
        }

        return new BackupException(BackupError.RestoreBusy, $"{what} is under way in '{PathText.ToDisplay(left.Holder)}'.", left.Holder);
    }

    private static BackupException Foreign(LeftWork left) =>
        new(
            BackupError.DestinationUnusable,
            $"'{PathText.ToDisplay(SourcePath.Join(left.Holder, PathText.FromBytes(WorkFolder.NameOf(left.RunId))))}' belongs to another account, which " +
            "alone can end the restore that it is of. Delete it if there is none.",
            left.Holder);

    // Without a journal only the record tells of them.
    private static void RemoveOthers(IFileSystem fileSystem, LeftWork left, bool firstIsThere)
    {
        foreach (RestoreHolder holder in left.Record?.Holders ?? [])
        {
            if (holder.Path == left.Holder) continue;
            using WorkFolder? other = TryOpenWork(fileSystem, left with { Holder = holder.Path });
            if (other is not null && !firstIsThere) throw new InvalidDataException("it is not there, and another work folder of it is: mount its file system.");
            other?.Remove(JournalPointer.FileName);
        }
    }

    private static WorkFolder? TryOpenWork(IFileSystem fileSystem, LeftWork left)
    {
        IFolder holder;
        try
        {
            holder = fileSystem.OpenFolder(left.Holder);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotFound or PlatformFailure.NotAFolder)
        {
            // Deleted by somebody, with all that was in it.
            return null;
        }

        return WorkFolder.TryOpen(0, left.RunId, [], holder, TimeOf(left.Record, left.Holder), []);
    }
}
