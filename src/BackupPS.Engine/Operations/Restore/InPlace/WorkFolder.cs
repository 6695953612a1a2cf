using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>
/// A hidden folder on a file system of the target, where new items are built, and where old ones are kept until the end. It lies in the topmost
/// folder of that file system below the destination that this account may write to, so that everything moves between the two by renaming. It is
/// called after its run: a restore knows its own, wherever it meets it, and what somebody else has called <c>.backupps-restore</c> is theirs.
/// </summary>
internal sealed class WorkFolder : IDisposable
{
    private const string Prefix = ".backupps-restore-", LeftPrefix = "backupps-left-";

    // Hexadecimal digits of the id of a run.
    private const int IdDigits = 32;

    // A second in all: where a file that is open is deleted, a file system in user space hides it, and forgets it a moment after it is closed.
    private const int DeleteAttempts = 20;
    private static readonly TimeSpan DeletePause = TimeSpan.FromMilliseconds(50);

    private readonly IFolder holder;
    private readonly string runId;
    private readonly byte[] name;
    private readonly bool timeIsRecorded;
    private readonly List<byte[]> left = [];
    private byte[]? leftName;

    private WorkFolder(int number, string runId, byte[][] segments, IFolder holder, IFolder folder, FileTime? recorded)
    {
        Number = number;
        Segments = segments;
        this.runId = runId;
        this.holder = holder;
        name = NameOf(runId);
        Folder = folder;
        timeIsRecorded = recorded is not null;
        Time = recorded ?? holder.GetInfo().Modified;
    }

    public int Number { get; }

    /// <summary>The folder that holds it: names from the destination down.</summary>
    public byte[][] Segments { get; set; }

    /// <summary>What the system says of the folder that holds it.</summary>
    public ItemInfo HolderInfo => holder.GetInfo();

    /// <summary>The work folder, open.</summary>
    public IFolder Folder { get; }

    /// <summary>The modification time that the folder which holds it has without it.</summary>
    public FileTime Time { get; private set; }

    /// <summary>Whether it is another way to one that this restore has already: its file system is mounted twice below the destination.</summary>
    public bool IsAlias { get; private init; }

    /// <summary>Whether the file system keeps modes, and with them owners.</summary>
    public bool KeepsModes { get; private init; } = true;

    /// <summary>Whether cloning was tried, and the file system cannot do it.</summary>
    public bool CannotClone { get; set; }

    /// <summary>How the work folder of a run is called.</summary>
    public static byte[] NameOf(string runId) => Encoding.UTF8.GetBytes(Prefix + runId);

    /// <summary>How it is called when it keeps what the end of the run could neither put back nor delete, and is a work folder no more.</summary>
    public byte[] LeftName
    {
        get
        {
            if (leftName is not null) return leftName;
            byte[] plain = Encoding.UTF8.GetBytes(LeftPrefix + runId), free = plain;
            for (int number = 2; holder.TryGetInfo(free, out _); number++) free = [.. plain, .. Encoding.ASCII.GetBytes($"-{number}")];
            return leftName = free;
        }
    }

    /// <summary>The run whose work folder has this name; <see langword="null"/>: it is none's.</summary>
    public static string? RunOf(ReadOnlySpan<byte> name)
    {
        if (name.Length != Prefix.Length + IdDigits) return null;
        string text = Encoding.Latin1.GetString(name);
        return text.StartsWith(Prefix, StringComparison.Ordinal) && text.Skip(Prefix.Length).All(char.IsAsciiHexDigitLower) ? text[Prefix.Length..] : null;
    }

    /// <summary>The runs whose work folders are in a folder.</summary>
    public static IReadOnlyList<string> RunsIn(IFolder folder)
    {
        var names = new NameList();
        folder.ReadNames(names);
        var runs = new List<string>();
        for (int i = 0; i < names.Count; i++)
        {
            if (RunOf(names[i]) is { } run && folder.TryGetInfo(NameOf(run), out ItemInfo info) && info.Kind == ItemKind.Directory) runs.Add(run);
        }

        return runs;
    }

    /// <summary>Whether all that is in a folder was made by a restore: what looks like one's work folder, and is not, is its owner's.</summary>
    public static bool HoldsOnlyOurs(IFolder folder)
    {
        var names = new NameList();
        folder.ReadNames(names);
        for (int i = 0; i < names.Count; i++)
        {
            if (!IsOurs(names[i])) return false;
        }

        return true;
    }

    // All that a restore makes in it; what has another name stays (Leave).
    private static bool IsOurs(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(Journal.FileName)
            || name.SequenceEqual(JournalPointer.FileName)
            || name.StartsWith(Encoding.ASCII.GetBytes(TemporaryName.Prefix))
            || name.StartsWith(".fuse_hidden"u8);

    /// <summary>Makes a work folder; the folder that holds it keeps its modification time. Takes the handle of that over, unless it fails.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="runId">Whose it is.</param>
    /// <param name="segments">Where it is.</param>
    /// <param name="holder">The folder that holds it.</param>
    /// <param name="time">The modification time of that folder.</param>
    public static WorkFolder Create(int number, string runId, byte[][] segments, IFolder holder, FileTime time)
    {
        byte[] name = NameOf(runId);
        holder.CreateFolder(name);
        try
        {
            TrySetTime(holder, time);
            bool keepsModes = NewItems.ShowsKeepingModes(holder.GetInfo(name));
            return new WorkFolder(number, runId, segments, holder, holder.OpenFolder(name), recorded: null) { KeepsModes = keepsModes };
        }
        catch
        {
            holder.DeleteFolder(name);
            TrySetTime(holder, time);
            throw;
        }
    }

    /// <summary>The same for one that this run has made already, and meets once more through another mount. Takes the handle over.</summary>
    public static WorkFolder OpenAlias(int number, string runId, byte[][] segments, IFolder holder) =>
        new(number, runId, segments, holder, holder.OpenFolder(NameOf(runId)), recorded: null) { IsAlias = true };

    /// <summary>Opens one that was left. Takes the handle of the folder that holds it over.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="runId">Whose it is.</param>
    /// <param name="segments">Where it is.</param>
    /// <param name="holder">The folder that holds it.</param>
    /// <param name="recorded">What that folder's modification time was; <see langword="null"/>: not known.</param>
    /// <param name="others">Those that are open already.</param>
    /// <returns><see langword="null"/>: it is not there.</returns>
    public static WorkFolder? TryOpen(int number, string runId, byte[][] segments, IFolder holder, FileTime? recorded, IReadOnlyList<WorkFolder?> others)
    {
        byte[] name = NameOf(runId);
        if (!holder.TryGetInfo(name, out ItemInfo info) || info.Kind != ItemKind.Directory)
        {
            // Whoever has removed it had no time left to set this one.
            if (recorded is { } time) TrySetTime(holder, time);
            holder.Dispose();
            return null;
        }

        IFolder folder;
        try
        {
            folder = holder.OpenFolder(name);
        }
        catch
        {
            holder.Dispose();
            throw;
        }

        // The time is set as the next thing after the work folder is made, and after it is removed: what is empty may have been left before that.
        var names = new NameList();
        folder.ReadNames(names);
        return new WorkFolder(number, runId, segments, holder, folder, names.Count == 0 ? recorded : null)
        {
            IsAlias = others.Any(o => o is not null && o.Folder.GetInfo() is var there && there.Inode == info.Inode && there.Device == info.Device),
        };
    }

    /// <summary>Looks at the modification time once more: the end of the restore may have set it.</summary>
    public void NoteTime()
    {
        if (!timeIsRecorded) Time = holder.GetInfo().Modified;
    }

    /// <summary>
    /// Makes an item in it one that stays: it can neither be put back nor deleted. It gets the name that it had, if that is free, and else a fresh one.
    /// </summary>
    /// <returns>Its name now.</returns>
    public byte[] Leave(byte[] kept, byte[] wanted)
    {
        byte[] another = Encoding.UTF8.GetBytes($"item-{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray())}");
        foreach (byte[] free in IsOurs(wanted) ? new[] { another } : [wanted, another])
        {
            try
            {
                Folder.Move(kept, Folder, free, replace: false);
                return free;
            }
            catch (PlatformException)
            {
                // Another has that name; or it cannot even be renamed, and so not deleted either.
            }
        }

        left.Add(kept);
        return kept;
    }

    /// <summary>Deletes all that is in it, but for the journal and what stays.</summary>
    public void Clear() => FolderRemoval.Clear(Folder, [Journal.FileName, JournalPointer.FileName, .. Staying()]);

    /// <summary>
    /// Deletes it with all that is in it; what stays (<see cref="Leave"/>), and what cannot be deleted, keeps a folder that is none of a restore any more.
    /// </summary>
    /// <param name="last">What in it is deleted last; empty: nothing special.</param>
    /// <param name="closing">Closes what is deleted last, where a file system keeps it as long as it is open.</param>
    /// <returns>Whether a folder is left (<see cref="LeftName"/>).</returns>
    public bool Remove(byte[] last, Action? closing = null)
    {
        if (IsAlias) return false;
        List<byte[]> stays = Staying();
        bool cleared = true;
        try
        {
            FolderRemoval.Clear(Folder, [last, .. stays]);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported or PlatformFailure.NotEmpty)
        {
            cleared = false;
        }

        if (last.Length > 0) Folder.Delete(last); // absence is no error
        bool isLeft = !cleared || stays.Count > 0;
        if (isLeft) holder.Move(name, holder, LeftName, replace: false);
        else if (holder.TryGetInfo(name, out _)) DeleteSelf(closing);
        TrySetTime(holder, Time);
        return isLeft;
    }

    /// <summary>Makes it a folder that is none of a restore any more (<see cref="LeftName"/>), with all that is in it.</summary>
    public void GiveUp()
    {
        holder.Move(name, holder, LeftName, replace: false);
        Folder.Delete(Journal.FileName);
        Folder.Delete(JournalPointer.FileName);
        TrySetTime(holder, Time);
    }

    public void Dispose()
    {
        Folder.Dispose();
        holder.Dispose();
    }

    private List<byte[]> Staying()
    {
        var names = new NameList();
        Folder.ReadNames(names);
        List<byte[]> stays = [.. left];
        for (int i = 0; i < names.Count; i++)
        {
            if (!IsOurs(names[i])) stays.Add(names[i].ToArray());
        }

        return stays;
    }

    private void DeleteSelf(Action? closing)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                holder.DeleteFolder(name);
                return;
            }
            catch (PlatformException e) when (e.Failure == PlatformFailure.NotEmpty && attempt < DeleteAttempts && closing is not null)
            {
                if (attempt == 1) closing();
                else Thread.Sleep(DeletePause);
            }
        }
    }

    private static void TrySetTime(IFolder folder, FileTime time)
    {
        try
        {
            folder.SetModified(time);
        }
        catch (PlatformException e) when (e.Failure is PlatformFailure.Denied or PlatformFailure.NotSupported)
        {
            // Who may write to a folder that belongs to another cannot set its time.
        }
    }
}
