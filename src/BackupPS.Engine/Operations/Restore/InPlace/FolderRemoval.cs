using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Deletes folders with all that is in them, whatever their names and depth, and no link followed.</summary>
internal static class FolderRemoval
{
    /// <summary>Deletes an item; absence is no error.</summary>
    public static void Remove(IFolder parent, byte[] name)
    {
        if (!parent.TryGetInfo(name, out ItemInfo info)) return;
        if (info.Kind != ItemKind.Directory)
        {
            parent.Delete(name);
            return;
        }

        TryOpenUp(parent, name, info);
        using (IFolder folder = parent.OpenFolder(name)) Clear(folder, []);
        parent.DeleteFolder(name);
    }

    /// <summary>Deletes all that is in a folder, but for one item; none: an empty name.</summary>
    public static void Clear(IFolder folder, byte[] except)
    {
        // A stack of its own: depth must cost handles, not the thread's stack.
        var levels = new Stack<(IFolder Folder, Queue<byte[]> Left, byte[] Name)>();
        try
        {
            levels.Push((folder, DeleteFiles(folder, except), []));
            while (levels.TryPeek(out (IFolder Folder, Queue<byte[]> Left, byte[] Name) level))
            {
                if (level.Left.TryDequeue(out byte[]? below))
                {
                    var left = new Queue<byte[]>();
                    IFolder entered = level.Folder.OpenFolder(below);
                    levels.Push((entered, left, below));
                    foreach (byte[] name in DeleteFiles(entered, [])) left.Enqueue(name);
                    continue;
                }

                levels.Pop();
                if (levels.Count == 0) break;
                level.Folder.Dispose();
                levels.Peek().Folder.DeleteFolder(level.Name);
            }
        }
        finally
        {
            while (levels.Count > 1) levels.Pop().Folder.Dispose();
        }
    }

    // Returns the folders, which are left.
    private static Queue<byte[]> DeleteFiles(IFolder folder, byte[] except)
    {
        var names = new NameList();
        folder.ReadNames(names);
        var left = new Queue<byte[]>();
        for (int i = 0; i < names.Count; i++)
        {
            byte[] name = names[i].ToArray();
            if (name.AsSpan().SequenceEqual(except) || !folder.TryGetInfo(name, out ItemInfo info)) continue;
            if (info.Kind != ItemKind.Directory)
            {
                folder.Delete(name);
                continue;
            }

            TryOpenUp(folder, name, info);
            left.Enqueue(name);
        }

        return left;
    }

    // A folder may have a mode that keeps even its owner out.
    private static void TryOpenUp(IFolder above, byte[] name, in ItemInfo info)
    {
        if (OperatingSystem.IsWindows() || (info.Mode & IFolder.NewFolderMode) == IFolder.NewFolderMode) return;
        try
        {
            above.SetMode(name, IFolder.NewFolderMode);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied)
        {
            // Another's: opening it tells.
        }
    }
}
