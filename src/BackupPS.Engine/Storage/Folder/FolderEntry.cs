namespace BackupPS.Engine.Storage.Folder;

/// <summary>A folder or a regular file in a folder of the store, whose name can be a segment of an object's name.</summary>
/// <param name="Name">The segment.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Length">Length of a file in bytes; 0 for a folder.</param>
internal readonly record struct FolderEntry(string Name, bool IsFolder, long Length);
