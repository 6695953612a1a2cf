using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Looks at what would be deleted, with all below it: how much it is, and whether it may go.</summary>
/// <param name="protectedFolders">Folders that must never go or change: the repository's own, and the home folder's.</param>
/// <param name="opened">Opens folders whose own modes keep this account out; <see langword="null"/>: none is, for a plan.</param>
internal sealed class ExtraItems(IReadOnlyList<ItemInfo> protectedFolders, OpenedItems? opened)
{
    /// <summary>The folders at these paths, where they are.</summary>
    public static IReadOnlyList<ItemInfo> Protect(IFileSystem fileSystem, params string[] paths)
    {
        var found = new List<ItemInfo>();
        foreach (string path in paths)
        {
            try
            {
                if (!Path.IsPathFullyQualified(path)) continue;
                using IFolder folder = fileSystem.OpenFolder(path);
                found.Add(folder.GetInfo());
            }
            catch (PlatformException)
            {
                // What is not there needs no protection.
            }
        }

        return found;
    }

    /// <summary>Whether an item is one of the folders that must not change, and with it nothing in it.</summary>
    public bool IsProtected(in ItemInfo item)
    {
        foreach (ItemInfo one in protectedFolders)
        {
            if (one.Inode != 0 && one.Inode == item.Inode && one.Device == item.Device && item.Kind == ItemKind.Directory) return true;
        }

        return false;
    }

    /// <summary>Looks at an item.</summary>
    /// <returns>Items that are not folders, bytes of files, and why it must stay; an empty text: it may go.</returns>
    public (long Files, long Bytes, string Reason) Measure(IFolder parent, byte[] name, string path, in ItemInfo info, FilterScope? scope, CancellationToken cancellationToken)
    {
        if (Refuse(name, info, path) is { Length: > 0 } reason) return (0, 0, reason);
        if (info.Kind != ItemKind.Directory) return (1, info.Kind == ItemKind.File ? info.Size : 0, "");
        long files = 0, bytes = 0;
        var levels = new Stack<(IFolder Folder, string Path, NameList Names, int Next, FilterScope? Scope)>();
        try
        {
            levels.Push(Enter(parent, name, path, scope));
            while (levels.TryPop(out (IFolder Folder, string Path, NameList Names, int Next, FilterScope? Scope) level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (level.Next == level.Names.Count)
                {
                    level.Folder.Dispose();
                    continue;
                }

                byte[] item = level.Names[level.Next].ToArray();
                levels.Push(level with { Next = level.Next + 1 });
                if (!level.Folder.TryGetInfo(item, out ItemInfo there)) continue;
                string itemPath = SourcePath.Join(level.Path, PathText.FromBytes(item));
                if (level.Scope?.Decide(itemPath, there) == FilterDecision.Exclude) return (files, bytes, $"the policy excludes '{PathText.ToDisplay(itemPath)}' in it");
                if (Refuse(item, there, itemPath) is { Length: > 0 } found) return (files, bytes, found);
                if (there.Kind != ItemKind.Directory)
                {
                    files++;
                    if (there.Kind == ItemKind.File) bytes += there.Size;
                    continue;
                }

                levels.Push(Enter(level.Folder, item, itemPath, level.Scope));
            }
        }
        finally
        {
            foreach ((IFolder folder, _, _, _, _) in levels) folder.Dispose();
        }

        return (files, bytes, "");
    }

    private string Refuse(byte[] name, in ItemInfo item, string path)
    {
        if (item.IsFixed) throw new PlatformException(PlatformFailure.Denied, $"'{PathText.ToDisplay(path)}' is immutable or append-only (lsattr shows it), and cannot be deleted.");
        if (item.Kind == ItemKind.Directory && WorkFolder.RunOf(name) is { } run) return $"'{PathText.ToDisplay(path)}' is the work folder of the restore {run}, which was interrupted or is under way";
        if (item.IsMountRoot) return $"a file system is mounted on '{PathText.ToDisplay(path)}'";
        return IsProtected(item) ? $"'{PathText.ToDisplay(path)}' is the repository, or BackupPS's own home folder" : "";
    }

    private (IFolder Folder, string Path, NameList Names, int Next, FilterScope? Scope) Enter(IFolder parent, byte[] name, string path, FilterScope? scope)
    {
        IFolder folder = opened is null ? parent.OpenFolder(name) : opened.OpenFolder(parent, name, opened.PathOf(path));
        try
        {
            var names = new NameList();
            folder.ReadNames(names);
            names.Sort();
            if (names.Count > 0) OpenToPass(parent, name, path, folder, names[0].ToArray());
            return (folder, path, names, 0, scope?.Enter(path, folder, names, static fault => throw new PlatformException(PlatformFailure.Denied, $"'{PathText.ToDisplay(fault.Path)}' cannot be read, so that what it excludes is not known: {fault.Reason}")));
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    // A folder may be one to list and not to pass through (mode 444).
    private void OpenToPass(IFolder parent, byte[] name, string path, IFolder folder, byte[] first)
    {
        try
        {
            folder.TryGetInfo(first, out _);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && opened is not null && opened.TryOpen(parent, name, opened.PathOf(path)))
        {
            // What is in it can be looked at now.
        }
    }
}
