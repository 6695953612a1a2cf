using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Counts what a restore would write, against what is at the destination now. Writes nothing.</summary>
/// <param name="fileSystem">The file system.</param>
/// <param name="overwrite">The rule of overwriting.</param>
/// <param name="onConflict">Told of items whose place is taken by something that stays; <see langword="null"/>: the restore itself will tell.</param>
internal sealed class RestoreEstimate(IFileSystem fileSystem, string overwrite, Action<BackupFault>? onConflict)
{
    private readonly HashSet<(ulong Device, ulong Inode)> links = [];

    public long FilesToRestore { get; private set; }

    public long FilesToSkip { get; private set; }

    public long FilesDifferent { get; private set; }

    public long Directories { get; private set; }

    public long Bytes { get; private set; }

    public async Task CountAsync(IAsyncEnumerable<TreeItem> items, string destination, CancellationToken cancellationToken)
    {
        var folders = new Stack<(FolderLevel? Level, byte[][] Way)>();
        FolderLevel? top = TryOpen(() => FolderLevel.From(fileSystem.OpenFolder(destination)));
        folders.Push((top, []));
        try
        {
            await foreach (TreeItem item in items.WithCancellation(cancellationToken))
            {
                while (folders.Count > item.Depth + 1) folders.Pop().Level?.Dispose();
                (FolderLevel? here, byte[][] way) = folders.Peek();
                if (item.Entry.Kind == ItemKind.Directory)
                {
                    if (item.Selected) Directories++;
                    folders.Push(here is null ? (null, []) : TryEnter(top!.Folder, here, way, item));
                }
                else
                {
                    Count(item, here);
                }
            }
        }
        finally
        {
            foreach ((FolderLevel? level, _) in folders) level?.Dispose();
        }
    }

    /// <summary>Bytes free where the destination is or will be; <see langword="null"/> when that cannot be told.</summary>
    public static long? FreeSpace(IFileSystem fileSystem, string destination)
    {
        for (string? path = destination; path is not null; path = Path.GetDirectoryName(path))
        {
            using IFolder? folder = TryOpen(() => fileSystem.OpenFolder(path));
            if (folder is not null) return folder.GetFreeSpace();
        }

        return null;
    }

    private void Count(in TreeItem item, FolderLevel? level)
    {
        TreeEntry entry = item.Entry;
        bool skip = false, differs = false;
        try
        {
            byte[] name = TargetName.From(entry, item.Depth == 0);
            if (level?.Folder is { } here && here.TryGetInfo(name, out ItemInfo there))
            {
                skip = !OverwriteRule.Replaces(overwrite, entry, there);
                differs = skip && TargetDifference.Find(here, name, entry, there).Length > 0;
                if (!skip && there.Kind == ItemKind.Directory) ItemRestorer.CheckReplaces(here, name, there, item.Path, opened: null);
            }
        }
        catch (BackupException e) when (e.Error == BackupError.TargetConflict)
        {
            onConflict?.Invoke(new BackupFault(e.Error, item.Path, e.Message));
            if (onConflict is not null) return;
        }
        catch (Exception e) when (e is PlatformException or BackupException)
        {
            // The restore itself will say what is wrong with this item.
        }

        if (skip)
        {
            FilesToSkip++;
            if (differs) FilesDifferent++;
            return;
        }

        FilesToRestore++;
        if (entry.Kind == ItemKind.File && (!entry.IsHardLinked || links.Add((entry.LinkDevice, entry.Inode))))
        {
            // A tree may claim any size: the sum must not wrap around.
            long length = entry.Extents?.Sum(static e => e.Length) ?? entry.Size;
            Bytes += Math.Min(length, long.MaxValue - Bytes);
        }
    }

    // As the restore does. The way from the destination down is kept of folders that only lead.
    private (FolderLevel? Level, byte[][] Way) TryEnter(IFolder top, FolderLevel level, byte[][] way, TreeItem item)
    {
        TreeEntry entry = item.Entry;
        byte[][] inner = [];
        FolderLevel? entered = TryOpen(() =>
        {
            IFolder here = level.Folder;
            byte[] name = TargetName.From(entry, item.Depth == 0);
            if (!here.TryGetInfo(name, out ItemInfo there)) return null;
            if (entry.Ancestor) inner = [.. way, name];
            if (there.Kind == ItemKind.Directory) return level.Below(name, here.OpenFolder(name));
            if (entry.Ancestor && there.Kind == ItemKind.SymbolicLink)
            {
                (IFolder led, inner) = LeadingLink.Follow(top, way, name, item.Path, fileSystem.Accounts);
                return FolderLevel.From(led);
            }

            if (!RestoreFolder.Replaces(overwrite, entry, there, item.Selected && !entry.Ancestor))
            {
                onConflict?.Invoke(new BackupFault(BackupError.TargetConflict, item.Path, RestoreFolder.Conflict));
            }

            return null;
        });
        return (entered, inner);
    }

    private static T? TryOpen<T>(Func<T?> open)
        where T : class
    {
        try
        {
            return open();
        }
        catch (Exception e) when (e is PlatformException or BackupException)
        {
            return null;
        }
    }
}
