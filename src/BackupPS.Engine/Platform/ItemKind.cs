namespace BackupPS.Engine.Platform;

/// <summary>Kinds of items; the numbers are those of the tree format.</summary>
internal enum ItemKind : byte
{
    /// <summary>A regular file.</summary>
    File = 1,
    /// <summary>A folder.</summary>
    Directory = 2,
    /// <summary>A symbolic link.</summary>
    SymbolicLink = 3,
    /// <summary>A named pipe.</summary>
    Fifo = 4,
    /// <summary>A socket's name.</summary>
    Socket = 5,
    /// <summary>A character device.</summary>
    CharacterDevice = 6,
    /// <summary>A block device.</summary>
    BlockDevice = 7,
}
