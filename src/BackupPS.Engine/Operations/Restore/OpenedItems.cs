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

    /// <summary>To end a restore in place that was interrupted: what it has opened is closed when that is done.</summary>
    public static OpenedItems TakeOver(OperationContext context, string runId, string destination, Action<string>? onWarning)
    {
        var items = new OpenedItems(context, runId, destination, onWarning);
        foreach ((string left, OpenedRecord record) in items.records.ListLeft())
        {
            using (record)
            {
                if (left != runId) continue;
                foreach (OpenedItem item in record.Read())
                {
                    items.Record(item);
                    items.open[(item.Device, item.Inode)] = item;
                }

                record.Delete();
            }
        }

        return items;
    }

    /// <summary>Closes what restores of processes that are gone have left open. One in place that is still to be ended needs it as it is.</summary>
    public static void CloseLeft(OperationContext context, Action<string>? onWarning)
    {
        var home = new HomeFolder(context.Options.HomeFolder);
        foreach ((string left, OpenedRecord record) in new OpenedRecords(home).ListLeft())
        {
            using (record)
            {
                if (new RestoreRecords(home).List().Any(r => r.RunId == left)) continue;
                bool closed = true;
                foreach (OpenedItem item in record.Read().Reverse()) closed &= TryClose(context.FileSystem, item, onWarning);
                if (closed) record.Delete();
            }
        }
    }

    /// <summary>The path of an item in the target, by that of the source.</summary>
    public string PathOf(string sourcePath) => destination == SourcePath.Root ? sourcePath : destination.TrimEnd('/') + sourcePath;

    /// <summary>Opens the destination itself.</summary>
    public bool TryOpenDestination()
    {
        string[] names = OperatingSystem.IsWindows() ? [] : SourcePath.Split(destination);
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
                if (open.ContainsKey((there.Device, there.Inode))) return true;
                uint needed = there.Kind == ItemKind.Directory ? OwnerOfFolder : there.Kind == ItemKind.File ? OwnerOfFile : 0;
                if ((there.Mode & needed) == needed) return false;
                var item = new OpenedItem(path, there.Device, there.Inode, there.Mode, there.Mode | needed);
                Record(item);
                above.SetMode(name, item.Opened);
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

    /// <summary>A handle of a folder, also of one that denies it: that stays open until the end.</summary>
    public IFolder OpenFolder(IFolder above, byte[] name, string path)
    {
        try
        {
            return above.OpenFolder(name);
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && TryOpen(above, name, path))
        {
            return above.OpenFolder(name);
        }
    }

    /// <summary>Opens a file that denies it: the mode is back when this returns, and the handle stays.</summary>
    public T OpenFile<T>(IFolder folder, byte[] name, string path, Func<T> opening)
    {
        try
        {
            return opening();
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && TryOpen(folder, name, path))
        {
            try
            {
                return opening();
            }
            finally
            {
                Close(folder, name);
            }
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
            for (int i = open.Count - 1; i >= 0; i--) closed &= TryClose(fileSystem, open.GetAt(i).Value, onWarning);
            if (closed) record?.Delete();
            open.Clear();
            record?.Dispose();
            record = null;
        }
    }

    private static bool TryClose(IFileSystem fileSystem, OpenedItem item, Action<string>? onWarning)
    {
        string[] names = SourcePath.Split(item.Path);
        try
        {
            using IFolder above = fileSystem.OpenFolder(SourcePath.Combine(names[..^1]));
            byte[] name = PathText.ToBytes(names[^1]);
            if (above.TryGetInfo(name, out ItemInfo there) && there.Inode == item.Inode && there.Device == item.Device && there.Mode == item.Opened) above.SetMode(name, item.Mode);
            return true;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.NotFound or PlatformFailure.NotAFolder)
        {
            // It is gone.
            return true;
        }
        catch (PlatformException e)
        {
            onWarning?.Invoke($"'{PathText.ToDisplay(item.Path)}' was opened up for the restore, and could not be closed again: {e.Message} Its mode was {Convert.ToString(item.Mode, 8)}.");
            return false;
        }
    }

    private void Record(OpenedItem item)
    {
        try
        {
            record ??= records.Create(runId);
            record.AddOpened(item);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            onWarning?.Invoke($"'{PathText.ToDisplay(item.Path)}' is opened up for the restore, and that is not recorded: {e.Message} Its mode was {Convert.ToString(item.Mode, 8)}.");
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
