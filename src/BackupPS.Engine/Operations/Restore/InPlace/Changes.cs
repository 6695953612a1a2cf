using BackupPS.Engine.Catalog;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// Where changes to the target go: as steps into a journal that is begun with the first of them, to be made together at the end; or, without rollback,
/// made at once. Where nothing differs, no journal and no work folder is ever made. Any thread.
/// </summary>
internal sealed class Changes(
    IFileSystem fileSystem,
    RestoreRecords records,
    JournalHeader header,
    IFolder destination,
    OpenedItems opened,
    FaultLog faults,
    Action<string>? onWarning) : IDisposable
{
    private readonly Lock gate = new();
    private JournaledRestore? restore;

    /// <summary>Whether each change is made as soon as it is ready, and nothing is kept.</summary>
    public bool AtOnce => header.AtOnce;

    /// <summary>Items whose own modes keep this account out.</summary>
    public OpenedItems Opened => opened;

    /// <summary>After a call in a folder of the target was denied: opens it up, where its own mode is the reason.</summary>
    /// <returns>Whether the call may be tried again.</returns>
    public bool TryOpenUp(TargetFolder folder)
    {
        if (folder.IsNew) return false;
        if (folder.Parent is null) return opened.TryOpenDestination();
        return folder.Parent.With(above => opened.TryOpen(above.Folder, folder.Name, opened.PathOf(folder.Path)));
    }

    /// <summary>The work folder for what is put into a folder.</summary>
    /// <exception cref="BackupException">This account may make none there (<see cref="BackupError.WriteFailed"/>); another restore has one there (<see cref="BackupError.RestoreUnfinished"/>).</exception>
    public WorkFolder WorkFor(TargetFolder folder)
    {
        lock (gate)
        {
            var chain = new Stack<TargetFolder>();
            for (TargetFolder? next = folder; next is not null; next = next.Parent)
            {
                chain.Push(next);
                if (next.Work is not null) break;
            }

            WorkFolder? work = null;
            TargetFolder? above = null;
            foreach (TargetFolder next in chain)
            {
                // As far up as it goes on one file system, so that there is one for all; nothing moves across a mount, even one of the same file system.
                bool shares = work is not null && (next.IsNew || IsSameMount(above!.There!.Value, next.There!.Value));
                next.Work ??= shares ? work : next.IsNew ? null : TryMakeOpened(next);
                work = next.Work;
                above = next;
            }

            return work ?? throw new BackupException(BackupError.WriteFailed, "this account may write neither to the folder nor to one above it, or the file system is read-only", folder.Path);
        }
    }

    /// <summary>Whether the file system of a folder keeps owners and modes.</summary>
    public bool KeepsModes(TargetFolder folder)
    {
        try
        {
            return WorkFor(folder).KeepsModes;
        }
        catch (BackupException)
        {
            // Where nothing can be made, it is not known.
            return true;
        }
    }

    /// <summary>A new item is ready in a work folder.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="there">What it replaces.</param>
    /// <param name="work">The work folder.</param>
    /// <param name="staged">Its name in that.</param>
    public void Put(TargetFolder folder, byte[] name, ItemKind kind, ItemInfo? there, WorkFolder work, byte[] staged)
    {
        folder.Touched = true;
        bool hasFolder = kind == ItemKind.Directory || there?.Kind == ItemKind.Directory;
        Mending? modes = hasFolder ? ModesOf(there, work.Folder.GetInfo(staged)) : null;
        if (AtOnce)
        {
            Open(folder, () =>
            {
                if (there is not null && hasFolder) FolderRemoval.Remove(folder.Folder, name);
                if (hasFolder) Splicer.MoveOpened(work.Folder, staged, folder.Folder, name, modes?.New.Mode);
                else work.Folder.Move(staged, folder.Folder, name, replace: there is not null);
            });
            return;
        }

        restore!.Add(new Step
        {
            Kind = StepKind.Put,
            Folder = folder.Segments,
            Name = name,
            ItemKind = kind,
            Work = work.Number,
            Staged = staged,
            Kept = there is null ? [] : TemporaryName.Next(),
            HasFolder = hasFolder,
            Mending = modes,
        });
    }

    /// <summary>An item goes.</summary>
    public void Remove(TargetFolder folder, byte[] name, in ItemInfo info)
    {
        folder.Touched = true;
        if (AtOnce)
        {
            Open(folder, () => FolderRemoval.Remove(folder.Folder, name));
            return;
        }

        WorkFolder work = WorkFor(folder);
        restore!.Add(new Step { Kind = StepKind.Remove, Folder = folder.Segments, Name = name, ItemKind = info.Kind, Work = work.Number, Kept = TemporaryName.Next(), HasFolder = info.Kind == ItemKind.Directory, Mending = ModesOf(info, null) });
    }

    /// <summary>An item gets other metadata.</summary>
    /// <param name="folder">The folder that holds it.</param>
    /// <param name="name">Its name; empty: the folder itself, and only its modification time.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="path">For messages.</param>
    /// <param name="mending">What it has, and what it gets.</param>
    /// <param name="around">Where the journal may be begun; <see langword="null"/>: the folder that holds it.</param>
    public void Mend(TargetFolder folder, byte[] name, ItemKind kind, string path, Mending mending, TargetFolder? around = null)
    {
        if (!AtOnce)
        {
            Begin(around ?? folder);
            restore!.Add(new Step { Kind = StepKind.Mend, Folder = folder.Segments, Name = name, ItemKind = kind, Mending = mending });
        }
        else if (name.Length > 0)
        {
            try
            {
                if (mending.New.Attributes is not null) opened.TryOpen(folder.Folder, name, opened.PathOf(path));
                Open(folder, () => mending.New.ApplyTo(folder.Folder, name, kind));
                if (mending.New.Mode is not null) opened.HasMode(folder.Folder, name);
            }
            catch (PlatformException e)
            {
                faults.Add(BackupError.MetadataNotRestored, path, e.Message);
            }
        }
    }

    /// <summary>Everything is ready: makes the changes.</summary>
    public void Commit(CancellationToken cancellationToken)
    {
        if (restore is null) return;
        if (AtOnce)
        {
            restore.Synchronize();
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        restore.BeginReplacing();
        restore.Complete(faults, cancellationToken);
    }

    /// <summary>After <see cref="Commit"/>: deletes what was kept.</summary>
    public void CleanUp()
    {
        try
        {
            restore?.CleanUp(faults);
        }
        catch (Exception e) when (e is PlatformException or BackupException)
        {
            onWarning?.Invoke($"Everything is restored, but what was replaced could not be deleted from '{PathText.ToDisplay(restore!.Holder)}': {e.Message} The next restore in place there deletes it.");
        }
    }

    /// <summary>Something failed: puts everything back as it was.</summary>
    /// <param name="reason">What failed.</param>
    /// <returns>What to throw; <see langword="null"/>: the reason itself.</returns>
    public BackupException? RollBack(Exception reason)
    {
        if (restore is null) return null;
        try
        {
            if (restore.Mark is JournalMark.Replacing or JournalMark.RollingBack) restore.RollBack();
            restore.CleanUp(faults);
            return reason is BackupException known && !AtOnce ? new BackupException(known.Error, $"{known.Message.TrimEnd('.')}. The target is as it was before.", known.Target, known) : null;
        }
        catch (Exception e) when (e is PlatformException or BackupException or InvalidDataException)
        {
            return new BackupException(BackupError.RestoreUnfinished, $"The restore failed: {reason.Message} It could not be rolled back: {e.Message}", header.Destination, reason);
        }
    }

    public void Dispose() => restore?.Dispose();

    private static bool IsSameMount(in ItemInfo above, in ItemInfo below) =>
        above.Device == below.Device && above.MountId == below.MountId && !below.IsMountRoot;

    // What is denied by the folder's own mode comes once the folder is open.
    private void Open(TargetFolder folder, Action change)
    {
        try
        {
            change();
        }
        catch (PlatformException e) when (e.Failure == PlatformFailure.Denied && TryOpenUp(folder))
        {
            change();
        }
    }

    // Who is not root cannot move a folder elsewhere that its owner may not write to: it is opened up for the move, and gets its mode back in its place.
    private static Mending? ModesOf(in ItemInfo? old, in ItemInfo? fresh)
    {
        uint? before = ModeOf(old), after = ModeOf(fresh);
        return before is null && after is null ? null : new Mending(new ItemState { Mode = before }, new ItemState { Mode = after });

        static uint? ModeOf(in ItemInfo? item) => !OperatingSystem.IsWindows() && item is { Kind: ItemKind.Directory } folder && (folder.Mode & Splicer.OwnerWrite) == 0 ? folder.Mode : null;
    }

    // Metadata needs the journal, wherever that is, and no room beside the item.
    private void Begin(TargetFolder around)
    {
        lock (gate)
        {
            if (restore is null) WorkFor(around);
        }
    }

    private WorkFolder? TryMakeOpened(TargetFolder folder)
    {
        if (TryMake(folder) is { } work) return work;
        if (!TryOpenUp(folder)) return null;
        folder.RefusesWork = false;
        return TryMake(folder);
    }

    private WorkFolder? TryMake(TargetFolder folder)
    {
        if (folder.RefusesWork) return null;
        IFolder? holder = null;
        bool made = false;
        byte[][] segments = folder.Segments;
        try
        {
            holder = OpenAgain(segments);
            WorkFolder work;
            if (restore is null)
            {
                restore = JournaledRestore.Begin(records, header, destination, segments, holder, onWarning);
                restore.Opened = opened;
                work = restore.FirstWork;
            }
            else
            {
                work = restore.AddWork(segments, holder);
            }

            made = true;
            return work;
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.ReadOnly)
        {
            folder.RefusesWork = true;
            return null;
        }
        finally
        {
            if (!made) holder?.Dispose();
        }
    }

    /// <summary>Whether an item of this name is this restore's own work folder.</summary>
    public bool IsOwn(byte[] name) => name.AsSpan().SequenceEqual(WorkFolder.NameOf(header.RunId));

    private IFolder OpenAgain(byte[][] segments)
    {
        if (segments.Length == 0) return fileSystem.OpenFolder(header.Destination);
        using var path = new FolderPath(destination);
        return path.Open(segments);
    }
}
