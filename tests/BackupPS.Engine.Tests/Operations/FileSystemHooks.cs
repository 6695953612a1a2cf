using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>What a test does at the calls of a <see cref="HookedFileSystem"/>. Hooks may throw, and may be called from any thread.</summary>
internal sealed class FileSystemHooks
{
    private readonly Lock gate = new();
    private readonly List<string> opened = [];

    /// <summary>Before anything is changed or made durable: which call, and in which folder. Throwing, it keeps a process that is to be killed from touching the disk.</summary>
    public Action<string>? Changing { get; set; }

    /// <summary>Before every call below a folder: what it is called. May throw, as if the call had failed or the process had died.</summary>
    public Action<string>? Call { get; set; }

    /// <summary>Before a file is opened: its path.</summary>
    public Action<string>? OpenFile { get; set; }

    /// <summary>Before a folder is opened by name: its path.</summary>
    public Action<string>? OpenFolder { get; set; }

    /// <summary>Before an item is looked at: its path.</summary>
    public Action<string>? GetInfo { get; set; }

    /// <summary>Before a folder is listed: its path.</summary>
    public Action<string>? ReadNames { get; set; }

    /// <summary>Before the attributes of a folder itself are read: its path.</summary>
    public Action<string>? ReadFolderAttributes { get; set; }

    /// <summary>Before the attributes of an item that is no folder of the walk are read: its path.</summary>
    public Action<string>? ReadAttributes { get; set; }

    /// <summary>Before a link is read: its path.</summary>
    public Action<string>? ReadLink { get; set; }

    /// <summary>Before a piece of a file is read: its path and the position.</summary>
    public Action<string, long>? Read { get; set; }

    /// <summary>Before a piece is written: its folder and the position.</summary>
    public Action<string, long>? Write { get; set; }

    /// <summary>Changes what is written: its folder, the position, the bytes.</summary>
    public Action<string, long, byte[]>? Corrupt { get; set; }

    /// <summary>Before a link is made: its folder.</summary>
    public Action<string>? CreateHardLink { get; set; }

    /// <summary>After a file was cloned, where clones are feigned by copying: few file systems have them.</summary>
    public Action? Cloned { get; set; }

    /// <summary>Before an item gets its name, by a rename or when a file is created under its own: the path.</summary>
    public Action<string>? Rename { get; set; }

    /// <summary>Before a file or a folder by itself is made durable: path of the folder, for a file that of its folder and its name.</summary>
    public Action<string>? SyncItem { get; set; }

    /// <summary>Before a file system is made durable.</summary>
    public Action? Sync { get; set; }

    /// <summary>The answer to the question for free space.</summary>
    public Func<long>? FreeSpace { get; set; }

    /// <summary>Files that are mapped by who may write to them; <see langword="null"/>: as it is.</summary>
    public Func<MappedFiles>? Mapped { get; set; }

    /// <summary>The name of a user; <see langword="null"/>: as it is.</summary>
    public Func<uint, string>? UserName { get; set; }

    /// <summary>The name of a group; <see langword="null"/>: as it is.</summary>
    public Func<uint, string>? GroupName { get; set; }

    /// <summary>The number of a user; <see langword="null"/>: as it is.</summary>
    public Func<string, uint?>? FindUser { get; set; }

    /// <summary>The number of a group; <see langword="null"/>: as it is.</summary>
    public Func<string, uint?>? FindGroup { get; set; }

    /// <summary>Whether this account may give files away; <see langword="null"/>: as it is.</summary>
    public bool? CanChangeOwner { get; set; }

    /// <summary>Paths of the files that were opened for reading.</summary>
    public IReadOnlyList<string> Opened
    {
        get
        {
            lock (gate) return [.. opened];
        }
    }

    public void Clear()
    {
        lock (gate) opened.Clear();
    }

    public void FileOpened(string path)
    {
        lock (gate) opened.Add(path);
    }

    public static PlatformException Fail(PlatformFailure failure) => new(failure, $"Injected: {failure}.");

    /// <summary>Tells of a call that changes something.</summary>
    public void BeforeChange(string call, string folder)
    {
        Changing?.Invoke($"{call} in {folder}");
        Call?.Invoke(call);
    }
}
