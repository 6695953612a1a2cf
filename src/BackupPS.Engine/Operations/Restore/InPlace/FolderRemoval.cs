using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Deletes folders with all that is in them, whatever their names and depth, and no link followed. What cannot be deleted stays, and the rest goes.
/// </summary>
internal static class FolderRemoval
{
    /// <summary>Deletes an item; absence is no error.</summary>
    /// <exception cref="PlatformException">The first item that could not be deleted.</exception>
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

    /// <summary>Deletes all that is in a folder, but for some items.</summary>
    /// <exception cref="PlatformException">The first item that could not be deleted.</exception>
    public static void Clear(IFolder folder, IReadOnlyList<byte[]> except)
    {
        var levels = new Stack<(FolderLevel Level, Queue<byte[]> Left, byte[] Name)>();
        PlatformException? failure = null;
        try
        {
            levels.Push((FolderLevel.From(folder), DeleteFiles(folder, except, ref failure), []));
            while (levels.TryPeek(out (FolderLevel Level, Queue<byte[]> Left, byte[] Name) level))
            {
                if (level.Left.TryDequeue(out byte[]? below))
                {
                    if (Try(() => level.Level.Folder.OpenFolder(below), ref failure) is not { } entered) continue;
                    var left = new Queue<byte[]>();
                    levels.Push((level.Level.Below(below, entered), left, below));
                    foreach (byte[] name in DeleteFiles(entered, [], ref failure)) left.Enqueue(name);
                    continue;
                }

                levels.Pop();
                if (levels.Count == 0) break;
                level.Level.Dispose();
                Try(() => { levels.Peek().Level.Folder.DeleteFolder(level.Name); return true; }, ref failure);
            }
        }
        finally
        {
            while (levels.Count > 1) levels.Pop().Level.Dispose();
        }

        if (failure is not null) throw failure;
    }

    // Returns the folders, which are left.
    private static Queue<byte[]> DeleteFiles(IFolder folder, IReadOnlyList<byte[]> except, ref PlatformException? failure)
    {
        var names = new NameList();
        folder.ReadNames(names);
        var left = new Queue<byte[]>();
        for (int i = 0; i < names.Count; i++)
        {
            byte[] name = names[i].ToArray();
            if (except.Any(e => e.AsSpan().SequenceEqual(name)) || !folder.TryGetInfo(name, out ItemInfo info)) continue;
            if (info.Kind != ItemKind.Directory)
            {
                Try(() => { folder.Delete(name); return true; }, ref failure);
                continue;
            }

            TryOpenUp(folder, name, info);
            left.Enqueue(name);
        }

        return left;
    }

    // What is wrong with one item is told at the end. What is wrong with the disk, at once.
    private static T? Try<T>(Func<T> call, ref PlatformException? failure)
    {
        try
        {
            return call();
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported or PlatformFailure.NotEmpty)
        {
            failure ??= e;
            return default;
        }
    }

    // A folder may have a mode that keeps even its owner out.
    private static void TryOpenUp(IFolder above, byte[] name, in ItemInfo info)
    {
        if (OperatingSystem.IsWindows() || (info.Mode & IFolder.NewFolderMode) == IFolder.NewFolderMode) return;
        try
        {
            above.SetMode(name, IFolder.NewFolderMode);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            // Another's, or of a file system without modes: opening it tells.
        }
    }
}
