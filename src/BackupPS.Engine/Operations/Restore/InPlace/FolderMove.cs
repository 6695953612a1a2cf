using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Moves a folder whose file system does not rename it: one of the layer below of an overlay, as in a container. The folder is made anew and what is in
/// it moves item by item. One that was interrupted anywhere is completed by repeating it; only the modification times of the folders that it was in
/// the middle of are then those of the interruption.
/// </summary>
internal static class FolderMove
{
    /// <summary>Moves it. What of it is at the new place already stays there.</summary>
    public static void Run(IFolder from, byte[] name, IFolder to, byte[] newName)
    {
        var levels = new Stack<Level>();
        try
        {
            levels.Push(Enter(null, from, name, to, newName));
            while (levels.TryPeek(out Level? level))
            {
                if (level.Left.TryDequeue(out byte[]? below))
                {
                    if (!TryMove(level, below)) levels.Push(Enter(level, level.From.Folder, below, level.To.Folder, below));
                    continue;
                }

                levels.Pop().Dispose();
                IFolder parent = levels.TryPeek(out Level? above) ? above.From.Folder : from, newParent = above?.To.Folder ?? to;
                parent.DeleteFolder(level.Name);
                level.State.ApplyTo(newParent, level.NewName, ItemKind.Directory);
            }
        }
        finally
        {
            while (levels.TryPop(out Level? left)) left.Dispose();
        }
    }

    private static bool TryMove(Level level, byte[] name)
    {
        IFolder from = level.From.Folder, to = level.To.Folder;
        if (!from.TryGetInfo(name, out ItemInfo info)) return true;
        if (info.Kind == ItemKind.Directory && to.TryGetInfo(name, out _)) return false;
        try
        {
            from.Move(name, to, name, replace: false);
            return true;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.NotSupported && info.Kind == ItemKind.Directory)
        {
            return false;
        }
    }

    private static Level Enter(Level? above, IFolder parent, byte[] name, IFolder newParent, byte[] newName)
    {
        ItemInfo info = parent.GetInfo(name);
        bool begun = newParent.TryGetInfo(newName, out ItemInfo there);
        IReadOnlyList<ExtendedAttribute> attributes = parent.ReadAttributes(name, ItemKind.Directory);
        // Of one that was begun before, the time is that of the copy: it was set when it was made.
        var state = new ItemState
        {
            Owner = (info.UserId, info.GroupId),
            Attributes = attributes,
            Modified = begun ? there.Modified : info.Modified,
            Mode = info.Mode,
        };
        if (!begun) Create(newParent, newName, state);
        IFolder? from = null;
        try
        {
            if ((info.Mode & IFolder.NewFolderMode) != IFolder.NewFolderMode) parent.SetMode(name, info.Mode | IFolder.NewFolderMode);
            from = parent.OpenFolder(name);
            var names = new NameList();
            from.ReadNames(names);
            var left = new Queue<byte[]>();
            for (int i = 0; i < names.Count; i++) left.Enqueue(names[i].ToArray());
            IFolder to = newParent.OpenFolder(newName);
            return above is null
                ? new Level(FolderLevel.From(from), FolderLevel.From(to), name, newName, left, state)
                : new Level(above.From.Below(name, from), above.To.Below(newName, to), name, newName, left, state);
        }
        catch
        {
            from?.Dispose();
            throw;
        }
    }

    // One that cannot be what the old one is, as where that belongs to another account, is not begun.
    private static void Create(IFolder parent, byte[] name, ItemState state)
    {
        parent.CreateFolder(name);
        try
        {
            (state with { Mode = null }).ApplyTo(parent, name, ItemKind.Directory);
        }
        catch
        {
            parent.DeleteFolder(name);
            throw;
        }
    }

    private sealed record Level(FolderLevel From, FolderLevel To, byte[] Name, byte[] NewName, Queue<byte[]> Left, ItemState State) : IDisposable
    {
        public void Dispose()
        {
            From.Dispose();
            To.Dispose();
        }
    }
}
