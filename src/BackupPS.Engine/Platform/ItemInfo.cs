namespace BackupPS.Engine.Platform;

/// <summary>Metadata of an item, as one call to the system returns it.</summary>
internal struct ItemInfo
{
    /// <summary>Kind of item.</summary>
    public ItemKind Kind;
    /// <summary>The 12 mode bits: setuid, setgid, sticky and permissions. 0 on Windows.</summary>
    public uint Mode;
    /// <summary>Owner; 0 on Windows.</summary>
    public uint UserId;
    /// <summary>Group; 0 on Windows.</summary>
    public uint GroupId;
    /// <summary>Size in bytes; the system's figure for folders and links.</summary>
    public long Size;
    /// <summary>Bytes that the file occupies on disk: fewer than <see cref="Size"/> where it has holes.</summary>
    public long AllocatedSize;
    /// <summary>Last change of content.</summary>
    public FileTime Modified;
    /// <summary>Last change of content or metadata; that of <see cref="Modified"/> on Windows.</summary>
    public FileTime Changed;
    /// <summary>Inode number; 0 on Windows.</summary>
    public ulong Inode;
    /// <summary>The file system it is on, as (major &lt;&lt; 32) | minor.</summary>
    public ulong Device;
    /// <summary>
    /// The mount through which it is reached: a bind mount has the device of what it shows, and a number of its own. 0 where that cannot be told
    /// (before Linux 5.8).
    /// </summary>
    public ulong MountId;
    /// <summary>Number of names.</summary>
    public uint LinkCount;
    /// <summary>Whether a file system, or a part of one, is mounted here (Linux 5.8; <see langword="false"/> where that cannot be told).</summary>
    public bool IsMountRoot;
    /// <summary>Whether it is immutable, or may only be appended to (chattr +i, +a): nobody can delete, move or replace it.</summary>
    public bool IsFixed;
    /// <summary>Device nodes: major number.</summary>
    public uint NodeMajor;
    /// <summary>Device nodes: minor number.</summary>
    public uint NodeMinor;
    /// <summary>Windows file attributes; 0 elsewhere.</summary>
    public uint WindowsAttributes;
}
