using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>The names of one hard-linked file: the first that is settled has the content, the others become links to it. One of them is worked on at a time.</summary>
internal sealed class SharedFile
{
    private WorkFolder? work;
    private byte[][] segments = [];
    private byte[] name = [];

    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Whether the content has its place, so that other names become links.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Whether a name of it is a file of its own, because the file system gives no file a second name.</summary>
    public bool IsApart { get; set; }

    /// <summary>The file that is there and has the content; <see langword="null"/>: none, it is new.</summary>
    public (ulong Device, ulong Inode)? There { get; private set; }

    /// <summary>A file of the target is it.</summary>
    public void SettleThere(in ItemInfo there, byte[][] folder, byte[] fileName)
    {
        There = (there.Device, there.Inode);
        segments = folder;
        name = fileName;
        IsSettled = true;
    }

    /// <summary>A file in a work folder is it, or another name of it.</summary>
    /// <param name="holder">The work folder; <see langword="null"/> where nothing is built, only planned.</param>
    /// <param name="fileName">Its name there.</param>
    public void SettleNew(WorkFolder? holder, byte[] fileName)
    {
        work = holder;
        name = fileName;
        IsSettled = true;
    }

    /// <summary>Gives the content another name.</summary>
    /// <returns><see langword="false"/>: that cannot be, on another file system or for want of rights; a copy must do.</returns>
    public bool TryLink(IFolder destination, IFolder folder, byte[] newName)
    {
        try
        {
            if (work is not null)
            {
                folder.CreateHardLink(work.Folder, name, newName);
                return true;
            }

            using var path = new FolderPath(destination);
            IFolder holder = path.Get(segments);
            if (!holder.TryGetInfo(name, out ItemInfo now) || (now.Device, now.Inode) != There) return false;
            folder.CreateHardLink(holder, name, newName);
            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotSupported or PlatformFailure.Denied)
        {
            return false;
        }
    }
}
