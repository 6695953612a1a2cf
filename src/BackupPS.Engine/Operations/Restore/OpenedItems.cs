using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Items of the target whose own modes keep out who restores, although they are his: opened for the time, and closed again at the end, or by the next
/// restore where this one dies. Nothing is opened before a call was denied. Any thread.
/// </summary>
internal sealed class OpenedItems : IDisposable
{
    private const uint OwnerOfFolder = 0x1C0, OwnerOfFile = 0x180; // 0700, 0600

    private readonly OpenedRecords records;
    private readonly string runId;
    private readonly IFileSystem fileSystem;
    private readonly string destination;
    private readonly Action<string>? onWarning;
    private readonly Lock gate = new();
    private readonly OrderedDictionary<(ulong Device, ulong Inode), OpenedItem> open = [];
    private OpenedRecord? record;

    /// <param name="context">What operations stand on.</param>
    /// <param name="runId">The run.</param>
    /// <param name="destination">Absolute path of the destination.</param>
    /// <param name="onWarning">Told of what cannot be recorded, or closed.</param>
    public OpenedItems(OperationContext context, string runId, string destination, Action<string>? onWarning)
    {
        records = new OpenedRecords(new HomeFolder(context.Options.HomeFolder));
        fileSystem = context.FileSystem;
        this.runId = runId;
        this.destination = destination;
        this.onWarning = onWarning;
    }

    /// <summary>What a restore of a process that is gone has left open: it is closed when this is disposed of.</summary>
    public static OpenedItems TakeOver(OperationContext context, string runId, string destination, Action<string>? onWarning)
    {
        var items = new OpenedItems(context, runId, destination, onWarning);
        foreach ((string left, OpenedRecord record) in items.records.ListLeft())
        {
            using (record)
            {
                if (left != runId) continue;
                bool recorded = true;
                foreach (OpenedItem item in record.Read())
                {
                    recorded &= items.TryRecord(item);
                    items.open[(item.Device, item.Inode)] = item;
                }

                if (recorded) record.Delete();
            }
        }

        return items;
    }

    /// <summary>Closes what restores of processes that are gone have left open. One in place that is still to be ended needs it as it is.</summary>
    public static void CloseLeft(OperationContext context, Action<string>? onWarning)
    {
        var home = new HomeFolder(context.Options.HomeFolder);
        var runs = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string left, OpenedRecord record) in new OpenedRecords(home).ListLeft())
        {
            using (record) runs.Add(left);
        }

        if (runs.Count > 0) runs.ExceptWith(new RestoreRecords(home).List().Select(static r => r.RunId));
        foreach (string run in runs) TakeOver(context, run, SourcePath.Root, onWarning).Dispose();
    }

    /// <summary>The path of an item in the target, by that of the source.</summary>
    public string PathOf(string sourcePath) => destination == SourcePath.Root ? sourcePath : destination.TrimEnd('/') + sourcePath;

    /// <summary>Opens the destination itself.</summary>
    public bool TryOpenDestination() => TryOpen(destination);

    /// <summary>Opens a folder of the target by its absolute path.</summary>
    public bool TryOpen(string path)
    {
        string[] names = OperatingSystem.IsWindows() ? [] : SourcePath.Split(path);
        if (names.Length == 0) return false;
        try
        {
            using IFolder above = fileSystem.OpenFolder(SourcePath.Combine(names[..^1]));
            return TryOpen(above, PathText.ToBytes(names[^1]), SourcePath.Combine(names));
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    /// <summary>Opens an item up to its owner, if that is this account.</summary>
    /// <param name="above">The folder that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">Its absolute path in the target.</param>
    /// <returns>Whether it is open now because of that: what was denied may be tried again.</returns>
    public bool TryOpen(IFolder above, byte[] name, string path)
    {
        if (OperatingSystem.IsWindows()) return false;
        lock (gate)
        {
            try
            {
                if (!above.TryGetInfo(name, out ItemInfo there)) return false;
                bool isKnown = open.TryGetValue((there.Device, there.Inode), out OpenedItem? known);
                if (isKnown && there.Mode == known!.Opened) return true;
                uint needed = there.Kind == ItemKind.Directory ? OwnerOfFolder : there.Kind == ItemKind.File ? OwnerOfFile : 0;
                if ((there.Mode & needed) == needed) return false;
                var item = new OpenedItem(path, there.Device, there.Inode, there.Mode, there.Mode | needed);
                TryRecord(item);
                above.SetMode(name, item.Opened);

                // One that is known has meanwhile got its mode back.
                if (isKnown) open.Remove((there.Device, there.Inode));
                open.Add((there.Device, there.Inode), item);
                return true;
            }
            catch (PlatformException)
            {
                // It is another's.
                return false;
            }
        }
    }

    /// <summary>A handle of a folder, also of one that denies it, or denies what is in it: that stays open until the end.</summary>
    public IFolder OpenFolder(IFolder above, byte[] name, string path)
    {
        try
        {
            IFolder folder = above.OpenFolder(name);
            if (!OwnMode.LetsIn(folder)) TryOpen(above, name, path);
            return folder;
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && TryOpen(above, name, path))
        {
            return above.OpenFolder(name);
        }
    }

    /// <summary>A handle of the destination, also of one that denies it, or denies what is in it.</summary>
    public IFolder OpenDestination(Func<IFolder> opening)
    {
        IFolder folder = opening();
        if (OwnMode.LetsIn(folder) || !TryOpenDestination()) return folder;
        folder.Dispose();
        return opening();
    }

    /// <summary>Opens a file that denies it: the mode is back when this returns, and the handle stays.</summary>
    public T OpenFile<T>(IFolder folder, byte[] name, string path, Func<T> opening)
    {
        bool opened = false;
        try
        {
            return OpenToChange(folder, name, path, opening, out opened);
        }
        finally
        {
            if (opened) Close(folder, name);
        }
    }

    /// <summary>Opens a file that denies it: the mode stays as it is needed until <see cref="HasMode"/>, or the end.</summary>
    /// <param name="folder">The folder that holds it.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="path">Its absolute path in the target.</param>
    /// <param name="opening">Opens it.</param>
    /// <param name="opened">Whether it has another mode because of that.</param>
    public T OpenToChange<T>(IFolder folder, byte[] name, string path, Func<T> opening, out bool opened)
    {
        opened = false;
        try
        {
            return opening();
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && TryOpen(folder, name, path))
        {
            opened = true;
            return opening();
        }
    }

    /// <summary>Gives an item that was opened its own mode back; any other stays as it is.</summary>
    public void Close(IFolder above, byte[] name)
    {
        lock (gate)
        {
            if (open.Count == 0 || !above.TryGetInfo(name, out ItemInfo there)) return;
            if (!open.TryGetValue((there.Device, there.Inode), out OpenedItem? item)) return;
            if (there.Mode == item.Opened) above.SetMode(name, item.Mode);
            Forget(item);
        }
    }

    /// <summary>An item has got the mode that it shall have.</summary>
    public void HasMode(IFolder above, byte[] name)
    {
        lock (gate)
        {
            if (open.Count == 0 || !above.TryGetInfo(name, out ItemInfo there)) return;
            if (open.TryGetValue((there.Device, there.Inode), out OpenedItem? item)) Forget(item);
        }
    }

    /// <summary>Closes all that is open still: what is below before what is above.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            bool closed = true;
            while (open.Count > 0)
            {
                OpenedItem item = open.GetAt(open.Count - 1).Value;
                open.RemoveAt(open.Count - 1);
                closed &= TryClose(item);
            }

            if (closed) record?.Delete();
            record?.Dispose();
            record = null;
        }
    }

    private bool TryClose(OpenedItem item)
    {
        string[] names = SourcePath.Split(item.Path);
        try
        {
            try
            {
                Close(item, names);
            }
            catch (PlatformException e) when (e.Failure == PlatformFailure.Denied)
            {
                // A folder above may have got a mode by now that keeps its owner out.
                OpenWay(names[..^1]);
                Close(item, names);
            }

            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotFound or PlatformFailure.NotAFolder)
        {
            // It is gone.
            return true;
        }
        catch (PlatformException e)
        {
            onWarning?.Invoke(
                $"'{PathText.ToDisplay(item.Path)}' was opened up for the restore, and could not be closed again: {e.Message} Its mode was " +
                $"{Convert.ToString(item.Mode, 8)}.");
            return false;
        }
    }

    private void Close(OpenedItem item, string[] names)
    {
        using IFolder above = fileSystem.OpenFolder(SourcePath.Combine(names[..^1]));
        byte[] name = PathText.ToBytes(names[^1]);
        if (!above.TryGetInfo(name, out ItemInfo there) || there.Inode != item.Inode || there.Device != item.Device) return;
        if (there.Mode == item.Opened) above.SetMode(name, item.Mode);
    }

    // What is opened for that is closed after all else.
    private void OpenWay(string[] names)
    {
        int first = open.Count;
        for (int i = 1; i <= names.Length; i++)
        {
            string path = SourcePath.Combine(names[..i]);
            ItemInfo there = fileSystem.GetInfo(path);
            if (OwnMode.Closes(there, fileSystem.Accounts)) TryOpen(path);
        }

        for (int i = 0; first + i < open.Count; i++)
        {
            ((ulong Device, ulong Inode) key, OpenedItem item) = open.GetAt(first + i);
            open.RemoveAt(first + i);
            open.Insert(i, key, item);
        }
    }

    private bool TryRecord(OpenedItem item)
    {
        try
        {
            record ??= records.Create(runId);
            record.AddOpened(item);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            onWarning?.Invoke(
                $"'{PathText.ToDisplay(item.Path)}' is opened up for the restore, and that is not recorded: {e.Message} Its mode was " +
                $"{Convert.ToString(item.Mode, 8)}.");
            return false;
        }
    }

    private void Forget(OpenedItem item)
    {
        open.Remove((item.Device, item.Inode));
        try
        {
            record?.AddClosed(item);
        }
        catch (IOException)
        {
            // It has another mode than the record says, and is left alone.
        }
    }
}
