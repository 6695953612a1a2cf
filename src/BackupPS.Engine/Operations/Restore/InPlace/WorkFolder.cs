using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// A hidden folder on a file system of the target, where new items are built, and where old ones are kept until the end. It lies in the topmost
/// folder of that file system below the destination that this account may write to, so that everything moves between the two by renaming.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly IFolder holder;
    private readonly bool timeIsRecorded;

    private WorkFolder(int number, byte[][] segments, IFolder holder, IFolder folder, FileTime? recorded)
    {
        Number = number;
        Segments = segments;
        this.holder = holder;
        Folder = folder;
        timeIsRecorded = recorded is not null;
        Time = recorded ?? holder.GetInfo().Modified;
    }

    /// <summary>How a work folder is called.</summary>
    public static byte[] Name => ".backupps-restore"u8.ToArray();

    public int Number { get; }

    /// <summary>The folder that holds it: names from the destination down.</summary>
    public byte[][] Segments { get; set; }

    /// <summary>What the system says of the folder that holds it.</summary>
    public ItemInfo HolderInfo => holder.GetInfo();

    /// <summary>The work folder, open.</summary>
    public IFolder Folder { get; }

    /// <summary>The modification time that the folder which holds it has without it.</summary>
    public FileTime Time { get; private set; }

    /// <summary>Whether cloning was tried, and the file system cannot do it.</summary>
    public bool CannotClone { get; set; }

    /// <summary>Makes a work folder; the folder that holds it keeps its modification time. Takes the handle of that over, unless it fails.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="segments">Where it is.</param>
    /// <param name="holder">The folder that holds it.</param>
    /// <param name="time">The modification time of that folder.</param>
    public static WorkFolder Create(int number, byte[][] segments, IFolder holder, FileTime time)
    {
        holder.CreateFolder(Name);
        try
        {
            TrySetTime(holder, time);
            return new WorkFolder(number, segments, holder, holder.OpenFolder(Name), recorded: null);
        }
        catch
        {
            holder.DeleteFolder(Name);
            TrySetTime(holder, time);
            throw;
        }
    }

    /// <summary>Opens one that was left. Takes the handle of the folder that holds it over.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="segments">Where it is.</param>
    /// <param name="holder">The folder that holds it.</param>
    /// <param name="recorded">What that folder's modification time was; <see langword="null"/>: not known.</param>
    /// <returns><see langword="null"/>: it is not there.</returns>
    public static WorkFolder? TryOpen(int number, byte[][] segments, IFolder holder, FileTime? recorded)
    {
        if (!holder.TryGetInfo(Name, out ItemInfo info) || info.Kind != ItemKind.Directory)
        {
            // Whoever has removed it had no time left to set this one.
            if (recorded is { } time) TrySetTime(holder, time);
            holder.Dispose();
            return null;
        }

        IFolder folder = holder.OpenFolder(Name);

        // The time is set as the next thing after the work folder is made, and after it is removed: what is empty may have been left before that.
        var names = new NameList();
        folder.ReadNames(names);
        return new WorkFolder(number, segments, holder, folder, names.Count == 0 ? recorded : null);
    }

    /// <summary>Looks at the modification time once more: the end of the restore may have set it.</summary>
    public void NoteTime()
    {
        if (!timeIsRecorded) Time = holder.GetInfo().Modified;
    }

    /// <summary>Deletes it with all that is in it.</summary>
    /// <param name="last">What in it is deleted last; empty: nothing special.</param>
    public void Remove(byte[] last)
    {
        FolderRemoval.Clear(Folder, last);
        if (last.Length > 0) Folder.Delete(last); // absence is no error
        if (holder.TryGetInfo(Name, out _)) holder.DeleteFolder(Name);
        TrySetTime(holder, Time);
    }

    public void Dispose()
    {
        Folder.Dispose();
        holder.Dispose();
    }

    private static void TrySetTime(IFolder folder, FileTime time)
    {
        try
        {
            folder.SetModified(time);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            // Who may write to a folder that belongs to another cannot set its time.
        }
    }
}
