using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Counts what a restore would write, against what is at the destination now. Writes nothing.</summary>
internal sealed class RestoreEstimate(IFileSystem fileSystem, string overwrite)
{
    private readonly HashSet<(ulong Device, ulong Inode)> links = [];

    public long FilesToRestore { get; private set; }

    public long FilesToSkip { get; private set; }

    public long Directories { get; private set; }

    public long Bytes { get; private set; }

    public async Task CountAsync(IAsyncEnumerable<TreeItem> items, string destination, CancellationToken cancellationToken)
    {
        var folders = new Stack<(IFolder? Folder, byte[][] Way)>();
        IFolder? top = TryOpen(() => fileSystem.OpenFolder(destination));
        folders.Push((top, []));
        try
        {
            await foreach (TreeItem item in items.WithCancellation(cancellationToken))
            {
                while (folders.Count > item.Depth + 1) folders.Pop().Folder?.Dispose();
                (IFolder? here, byte[][] way) = folders.Peek();
                if (item.Entry.Kind == ItemKind.Directory)
                {
                    if (item.Selected) Directories++;
                    folders.Push(here is null ? (null, []) : TryEnter(top!, here, way, item));
                }
                else
                {
                    Count(item, here);
                }
            }
        }
        finally
        {
            foreach ((IFolder? folder, _) in folders) folder?.Dispose();
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

    private void Count(in TreeItem item, IFolder? here)
    {
        TreeEntry entry = item.Entry;
        bool skip = false;
        try
        {
            skip = here is not null && here.TryGetInfo(TargetName.From(entry, item.Depth == 0), out ItemInfo there) && !OverwriteRule.Replaces(overwrite, entry, there);
        }
        catch (Exception e) when (e is PlatformException or BackupException)
        {
            // The restore itself will say what is wrong with this item.
        }

        if (skip)
        {
            FilesToSkip++;
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
    private (IFolder? Folder, byte[][] Way) TryEnter(IFolder top, IFolder here, byte[][] way, TreeItem item)
    {
        TreeEntry entry = item.Entry;
        byte[][] inner = [];
        IFolder? folder = TryOpen(() =>
        {
            byte[] name = TargetName.From(entry, item.Depth == 0);
            if (!entry.Ancestor) return here.OpenFolder(name);
            inner = [.. way, name];
            if (!here.TryGetInfo(name, out ItemInfo info) || info.Kind != ItemKind.SymbolicLink) return here.OpenFolder(name);
            (IFolder led, inner) = LeadingLink.Follow(top, way, name, item.Path, fileSystem.Accounts);
            return led;
        });
        return (folder, inner);
    }

    private static IFolder? TryOpen(Func<IFolder> open)
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
