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
        var folders = new Stack<IFolder?>();
        folders.Push(TryOpen(() => fileSystem.OpenFolder(destination)));
        try
        {
            await foreach (TreeItem item in items.WithCancellation(cancellationToken))
            {
                while (folders.Count > item.Depth + 1) folders.Pop()?.Dispose();
                IFolder? here = folders.Peek();
                if (item.Entry.Kind == ItemKind.Directory)
                {
                    if (item.Selected) Directories++;
                    folders.Push(here is null ? null : TryOpen(() => here.OpenFolder(TargetName.From(item.Entry, item.Depth == 0))));
                }
                else
                {
                    Count(item, here);
                }
            }
        }
        finally
        {
            foreach (IFolder? folder in folders) folder?.Dispose();
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
