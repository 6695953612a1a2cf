namespace BackupPS.Engine.Storage.Folder;

/// <summary>How a folder store gives a finished file its name without replacing another. Each is the fallback of the one before it.</summary>
internal enum FolderPublishing
{
    /// <summary>A file without a name (O_TMPFILE), linked into place: a killed process leaves nothing. Linux, on most local file systems.</summary>
    Unnamed,
    /// <summary>A temporary in <c>tmp/</c>, hard-linked into place. Network file systems, macOS.</summary>
    Link,
    /// <summary>A temporary in <c>tmp/</c>, renamed without replacing: file systems without hard links, Windows.</summary>
    Rename,
}
