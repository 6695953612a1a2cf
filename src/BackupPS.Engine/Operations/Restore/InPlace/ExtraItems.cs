using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>Looks at what would be deleted, with all below it: how much it is, and whether it may go.</summary>
/// <param name="protectedFolders">Folders that must never go or change: the repository's own, and the home folder's.</param>
/// <param name="accounts">Accounts of this host.</param>
/// <param name="opened">Opens folders whose own modes keep this account out; <see langword="null"/>: none is, for a plan.</param>
internal sealed class ExtraItems(IReadOnlyList<ItemInfo> protectedFolders, IAccounts accounts, OpenedItems? opened)
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
        var levels = new Stack<(FolderLevel Level, string Path, NameList Names, int Next, FilterScope? Scope)>();
        try
        {
            if (TryEnter(null, parent, name, info, path, scope) is { } top) levels.Push(top);
            while (levels.TryPop(out (FolderLevel Level, string Path, NameList Names, int Next, FilterScope? Scope) level))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (level.Next == level.Names.Count)
                {
                    level.Level.Dispose();
                    continue;
                }

                byte[] item = level.Names[level.Next].ToArray();
                levels.Push(level with { Next = level.Next + 1 });
                IFolder folder = level.Level.Folder;
                if (!folder.TryGetInfo(item, out ItemInfo there)) continue;
                string itemPath = SourcePath.Join(level.Path, PathText.FromBytes(item));
                if (level.Scope?.Decide(itemPath, there) == FilterDecision.Exclude) return (files, bytes, $"the policy excludes '{PathText.ToDisplay(itemPath)}' in it");
                if (Refuse(item, there, itemPath) is { Length: > 0 } found) return (files, bytes, found);
                if (there.Kind != ItemKind.Directory)
                {
                    files++;
                    if (there.Kind == ItemKind.File) bytes += there.Size;
                    continue;
                }

                if (TryEnter(level.Level, folder, item, there, itemPath, level.Scope) is { } below) levels.Push(below);
            }
        }
        finally
        {
            foreach ((FolderLevel level, _, _, _, _) in levels) level.Dispose();
        }

        return (files, bytes, "");
    }

    private string Refuse(byte[] name, in ItemInfo item, string path)
    {
        if (item.IsFixed)
        {
            throw new PlatformException(
                PlatformFailure.Denied,
                $"'{PathText.ToDisplay(path)}' is immutable or append-only (lsattr shows it), and cannot be deleted.");
        }

        if (item.Kind == ItemKind.Directory && WorkFolder.RunOf(name) is { } run)
        {
            return $"'{PathText.ToDisplay(path)}' is the work folder of the restore {run}, which was interrupted or is under way";
        }

        if (item.IsMountRoot) return $"a file system is mounted on '{PathText.ToDisplay(path)}'";
        return IsProtected(item) ? $"'{PathText.ToDisplay(path)}' is the repository, or BackupPS's own home folder" : "";
    }

    // null: it is closed, and is only looked at.
    private (FolderLevel Level, string Path, NameList Names, int Next, FilterScope? Scope)? TryEnter(
        FolderLevel? above,
        IFolder parent,
        byte[] name,
        in ItemInfo info,
        string path,
        FilterScope? scope)
    {
        IFolder? folder = opened is null ? OwnMode.TryLook(parent, name, info, accounts) : opened.OpenFolder(parent, name, opened.PathOf(path));
        if (folder is null) return null;
        try
        {
            var names = new NameList();
            folder.ReadNames(names);
            names.Sort();
            FilterScope? inner = scope?.Enter(path, folder, names, static fault => throw new PlatformException(
                PlatformFailure.Denied,
                $"'{PathText.ToDisplay(fault.Path)}' cannot be read, so that what it excludes is not known: {fault.Reason}"));
            return (above?.Below(name, folder) ?? FolderLevel.From(folder), path, names, 0, inner);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }
}
