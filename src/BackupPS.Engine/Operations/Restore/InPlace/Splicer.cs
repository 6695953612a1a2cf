using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Makes steps, and unmakes them. Both look at what the work folder has, so that a step which was interrupted anywhere is completed by either, and
/// repeating one changes nothing. One thread at a time.
/// </summary>
internal sealed class Splicer(IFolder destination, IReadOnlyList<WorkFolder?> works, OpenedItems? opened) : IDisposable
{
    /// <summary>The mode bit that lets a folder's owner move it elsewhere.</summary>
    public const uint OwnerWrite = 0x80; // 0200

    private readonly FolderPath folders = new(destination);

    public void Dispose() => folders.Dispose();

    /// <summary>Moves an item to where nothing is. Linux writes a folder's new parent into it: one that its owner may not write to is opened up for that.</summary>
    /// <param name="from">Where it is.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="to">Where it goes.</param>
    /// <param name="newName">Its name there.</param>
    /// <param name="mode">If it is a folder, the mode that it has then; <see langword="null"/>: as it is.</param>
    public static void MoveOpened(IFolder from, byte[] name, IFolder to, byte[] newName, uint? mode)
    {
        try
        {
            from.Move(name, to, newName, replace: false);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && from.TryGetInfo(name, out ItemInfo info) && info.Kind == ItemKind.Directory && (info.Mode & OwnerWrite) == 0)
        {
            from.SetMode(name, info.Mode | OwnerWrite);
            from.Move(name, to, newName, replace: false);
        }

        SetModeBack(to, newName, mode);
    }

    /// <summary>
    /// The same for what was there before, which may be a folder that its file system does not rename, and of which a part may be at the new place.
    /// </summary>
    private static void MoveOld(IFolder from, byte[] name, IFolder to, byte[] newName, uint? mode)
    {
        bool isBegun = to.TryGetInfo(newName, out ItemInfo there)
            && there.Kind == ItemKind.Directory
            && from.TryGetInfo(name, out ItemInfo info)
            && info.Kind == ItemKind.Directory;
        try
        {
            if (!isBegun)
            {
                MoveOpened(from, name, to, newName, mode);
                return;
            }
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotSupported
            && from.TryGetInfo(name, out ItemInfo item)
            && item.Kind == ItemKind.Directory)
        {
            // As below.
        }

        FolderMove.Run(from, name, to, newName);
        SetModeBack(to, newName, mode);
    }

    /// <summary>Makes a step.</summary>
    /// <exception cref="PlatformException">It cannot be made.</exception>
    public void Advance(Step step) => Open(step, MakeStep);

    /// <summary>Unmakes a step, as far as it was made.</summary>
    /// <exception cref="PlatformException">It cannot be unmade.</exception>
    public void Reverse(Step step) => Open(step, UnmakeStep);

    // What is denied by the own mode of a folder or an item comes once that is open. Both calls may be repeated.
    private void Open(Step step, Action<Step> change)
    {
        try
        {
            change(step);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && opened is not null && TryOpenUp(step, opened))
        {
            change(step);
        }
    }

    private bool TryOpenUp(Step step, OpenedItems items)
    {
        if (step.Folder.Length == 0) items.TryOpenDestination();
        string path = SourcePath.Root;
        IFolder above = destination;
        try
        {
            for (int i = 0; i < step.Folder.Length; i++)
            {
                path = SourcePath.Join(path, PathText.FromBytes(step.Folder[i]));
                if (i == step.Folder.Length - 1) items.TryOpen(above, step.Folder[i], items.PathOf(path));
                IFolder below = items.OpenFolder(above, step.Folder[i], items.PathOf(path));
                if (!ReferenceEquals(above, destination)) above.Dispose();
                above = below;
            }

            if (step.Kind == StepKind.Mend && step.Name.Length > 0) items.TryOpen(above, step.Name, items.PathOf(step.Path));

            // If none was opened, what was denied is denied once more.
            return true;
        }
        catch (PlatformException)
        {
            // What was denied before says why.
            return false;
        }
        finally
        {
            if (!ReferenceEquals(above, destination)) above.Dispose();
        }
    }

    private void MakeStep(Step step)
    {
        if (TryGetFolder(step) is not { } folder)
        {
            // With what was to go from it.
            if (step.Kind == StepKind.Remove) return;
            throw Gone("Its folder");
        }

        switch (step.Kind)
        {
            case StepKind.Put: Put(step, folder, WorkOf(step)); break;
            case StepKind.Remove: Remove(step, folder, WorkOf(step)); break;
            default: Mend(folder, step, step.Mending!.New); break;
        }
    }

    private void UnmakeStep(Step step)
    {
        if (TryGetFolder(step) is not { } folder)
        {
            // What was new in it, or had other metadata, is gone with it.
            if (step.Kept.Length == 0 || !WorkOf(step).Folder.TryGetInfo(step.Kept, out _)) return;
            throw new PlatformException(PlatformFailure.NotFound, "Its folder is gone.");
        }

        switch (step.Kind)
        {
            case StepKind.Put when step.Kept.Length == 0: TakeBack(step, folder, WorkOf(step)); break;
            case StepKind.Put or StepKind.Remove: PutBack(step, folder, WorkOf(step)); break;
            default: MendBack(folder, step); break;
        }
    }

    /// <summary>Puts an item back that was removed and cannot be deleted, if its place is free. The folder that holds it keeps its time.</summary>
    public bool TryReturn(Step step)
    {
        try
        {
            if (step.Kind != StepKind.Remove || TryGetFolder(step) is not { } folder || folder.TryGetInfo(step.Name, out _)) return false;
            FileTime time = folder.GetInfo().Modified;
            MoveOld(WorkOf(step).Folder, step.Kept, folder, step.Name, step.Mending?.Old.Mode);
            folder.SetModified(time);
            return true;
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    // null: somebody has deleted it meanwhile, or put something else in its place.
    private IFolder? TryGetFolder(Step step)
    {
        try
        {
            return folders.Get(step.Folder);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotFound or PlatformFailure.NotAFolder)
        {
            return null;
        }
    }

    // A fault of this item alone: whoever deletes something must not make all the rest fail.
    private static PlatformException Gone(string what) => new(PlatformFailure.NotSupported, $"{what} was deleted or replaced meanwhile.");

    private WorkFolder WorkOf(Step step) =>
        (step.Work < works.Count ? works[step.Work] : null) ?? throw new PlatformException(
            PlatformFailure.NotFound,
            "The work folder is gone, with its file system or without it.");

    private static void Put(Step step, IFolder folder, WorkFolder work)
    {
        if (!work.Folder.TryGetInfo(step.Staged, out _))
        {
            // What was built is not there any more: it has its place.
            SetModeBack(folder, step.Name, step.Mending?.New.Mode);
            return;
        }

        if (step.Kept.Length > 0 && IsToBeKept(step, folder, work)) Keep(step, folder, work);
        if (step.HasFolder) MoveOpened(work.Folder, step.Staged, folder, step.Name, step.Mending?.New.Mode);
        else work.Folder.Move(step.Staged, folder, step.Name, replace: step.Kept.Length > 0);
    }

    // A folder may have been kept in part (FolderMove): then the rest of it still has its place.
    private static bool IsToBeKept(Step step, IFolder folder, WorkFolder work) =>
        !work.Folder.TryGetInfo(step.Kept, out ItemInfo kept) || (step.HasFolder && kept.Kind == ItemKind.Directory && folder.TryGetInfo(step.Name, out _));

    // By another name for it, where that can be: then the place is never empty.
    private static void Keep(Step step, IFolder folder, WorkFolder work)
    {
        if (!folder.TryGetInfo(step.Name, out _)) throw Gone("What it replaces");
        if (!step.HasFolder && TryLink(step, folder, work)) return;
        MoveOld(folder, step.Name, work.Folder, step.Kept, mode: null);
    }

    private static bool TryLink(Step step, IFolder folder, WorkFolder work)
    {
        try
        {
            work.Folder.CreateHardLink(folder, step.Name, step.Kept);
            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotSupported or PlatformFailure.Denied)
        {
            return false;
        }
    }

    private static void Remove(Step step, IFolder folder, WorkFolder work)
    {
        // Somebody else may have deleted it.
        if (!IsToBeKept(step, folder, work) || !folder.TryGetInfo(step.Name, out _)) return;
        MoveOld(folder, step.Name, work.Folder, step.Kept, mode: null);
    }

    private static void TakeBack(Step step, IFolder folder, WorkFolder work)
    {
        if (work.Folder.TryGetInfo(step.Staged, out _) || !folder.TryGetInfo(step.Name, out _)) return;
        MoveOpened(folder, step.Name, work.Folder, step.Staged, mode: null);
    }

    private static void PutBack(Step step, IFolder folder, WorkFolder work)
    {
        if (!work.Folder.TryGetInfo(step.Kept, out _))
        {
            SetModeBack(folder, step.Name, step.Mending?.Old.Mode);
            return;
        }

        bool swap = step.Kind == StepKind.Put && step.HasFolder;
        if (!swap && work.Folder.TryGetInfo(step.Kept, out ItemInfo kept) && folder.TryGetInfo(step.Name, out ItemInfo there) && kept.Inode != 0 && kept.Inode == there.Inode && kept.Device == there.Device)
        {
            // It has not lost its place yet: its other name goes, and a folder that refuses changes need not be asked.
            work.Folder.Delete(step.Kept);
            return;
        }

        if (swap && !work.Folder.TryGetInfo(step.Staged, out _) && folder.TryGetInfo(step.Name, out _)) MoveOpened(folder, step.Name, work.Folder, step.Staged, mode: null);
        if (step.HasFolder) MoveOld(work.Folder, step.Kept, folder, step.Name, step.Mending?.Old.Mode);
        else work.Folder.Move(step.Kept, folder, step.Name, replace: step.Kind == StepKind.Put);
    }

    // Also where nothing is left to move: the process may have died between the two.
    private static void SetModeBack(IFolder folder, byte[] name, uint? mode)
    {
        if (mode is { } wanted && folder.TryGetInfo(name, out ItemInfo there) && there.Kind == ItemKind.Directory && there.Mode != wanted) folder.SetMode(name, wanted);
    }

    private void Mend(IFolder folder, Step step, ItemState state)
    {
        if (step.Name.Length > 0)
        {
            // Attributes of what may not be read are not seen, so that none of them would be removed.
            if (state.Attributes is not null) opened?.TryOpen(folder, step.Name, opened.PathOf(step.Path));
            state.ApplyTo(folder, step.Name, step.ItemKind);
            if (state.Mode is not null) opened?.HasMode(folder, step.Name);
        }
        else if (state.Modified is { } time) folder.SetModified(time);
    }

    private void MendBack(IFolder folder, Step step)
    {
        try
        {
            Mend(folder, step, step.Mending!.Old);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotFound || Holds(folder, step))
        {
            // What refuses to be set back refused to be set before; and what somebody has deleted needs no metadata.
        }
    }

    private static bool Holds(IFolder folder, Step step)
    {
        ItemInfo info = step.Name.Length > 0 ? folder.GetInfo(step.Name) : folder.GetInfo();
        ItemState old = step.Mending!.Old;
        return (old.Owner is not var (user, group) || (info.UserId == user && info.GroupId == group))
            && (old.Modified is not { } modified || info.Modified == modified)
            && (old.Mode is not { } mode || info.Mode == mode)
            && (old.Attributes is null || HasAttributes(folder, step, old.Attributes));
    }

    private static bool HasAttributes(IFolder folder, Step step, IReadOnlyList<ExtendedAttribute> wanted)
    {
        IReadOnlyList<ExtendedAttribute> present = folder.ReadAttributes(step.Name, step.ItemKind);
        if (present.Count != wanted.Count) return false;
        for (int i = 0; i < wanted.Count; i++)
        {
            if (!present[i].Name.AsSpan().SequenceEqual(wanted[i].Name) || !present[i].Value.AsSpan().SequenceEqual(wanted[i].Value)) return false;
        }

        return true;
    }
}
