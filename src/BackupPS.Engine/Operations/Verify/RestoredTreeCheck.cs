using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Compares what a trial restore has made with the snapshot, item by item. Content was compared when it was written.</summary>
internal sealed class RestoredTreeCheck(IFileSystem fileSystem, Action<string, string> onDifference)
{
    public async Task RunAsync(SnapshotReading snapshot, string folder, CancellationToken cancellationToken)
    {
        var everything = new ItemSelection([], [], ignoreCase: false);
        var folders = new Stack<IFolder?>();
        folders.Push(fileSystem.OpenFolder(folder));
        try
        {
            await foreach (TreeItem item in new SnapshotItems(snapshot.Trees).EnumerateAsync(snapshot.Root, everything, below: true, onDamage: static (_, _) => { }, cancellationToken))
            {
                while (folders.Count > item.Depth + 1) folders.Pop()?.Dispose();
                IFolder? here = folders.Peek();
                if (item.Entry.Kind == ItemKind.Directory) folders.Push(null);
                if (here is null) continue;
                IFolder? entered = Compare(item, here);
                if (entered is null) continue;
                folders.Pop();
                folders.Push(entered);
            }
        }
        finally
        {
            foreach (IFolder? open in folders) open?.Dispose();
        }
    }

    /// <returns>The folder, where the item is one.</returns>
    private IFolder? Compare(in TreeItem item, IFolder here)
    {
        TreeEntry entry = item.Entry;
        try
        {
            byte[] name = TargetName.From(entry, isTop: item.Depth == 0, item.Path);
            if (!here.TryGetInfo(name, out ItemInfo there))
            {
                onDifference(item.Path, "it was not restored");
                return null;
            }

            string? difference = there.Kind != entry.Kind ? $"it is a {there.Kind} in place of a {entry.Kind}"
                : entry.Kind == ItemKind.File && there.Size != entry.Size ? $"it has {there.Size} bytes in place of {entry.Size}"
                : fileSystem.Accounts.CanChangeOwner && entry.Kind != ItemKind.SymbolicLink && there.Mode != entry.Mode ? $"it has mode {Convert.ToString(there.Mode, 8)} in place of {Convert.ToString(entry.Mode, 8)}"
                : !entry.Ancestor && there.Modified != entry.Modified ? "it has another modification time"
                : entry.Kind == ItemKind.SymbolicLink && !here.ReadLink(name).AsSpan().SequenceEqual(entry.LinkTarget) ? "it points elsewhere"
                : null;
            if (difference is not null) onDifference(item.Path, difference);
            return there.Kind == ItemKind.Directory && entry.Kind == ItemKind.Directory ? here.OpenFolder(name) : null;
        }
        catch (Exception e) when (e is PlatformException or BackupException)
        {
            onDifference(item.Path, e.Message);
            return null;
        }
    }
}
