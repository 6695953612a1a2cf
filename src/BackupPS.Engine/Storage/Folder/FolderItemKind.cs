namespace BackupPS.Engine.Storage.Folder;

/// <summary>What stands under a name.</summary>
internal enum FolderItemKind
{
    /// <summary>Nothing.</summary>
    Absent,
    /// <summary>A regular file: an object.</summary>
    File,
    /// <summary>A folder: never an object.</summary>
    Folder,
    /// <summary>A link, FIFO, socket or device: nothing that this program made, and never followed.</summary>
    Other,
}
