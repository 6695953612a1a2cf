namespace BackupPS.Engine.Storage.Folder;

/// <summary>What stands in a folder of the store under a name that can be a segment of an object's name.</summary>
/// <param name="Name">The segment.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Length">Length of a file in bytes; 0 for a folder; <see cref="StoredObject.NoLength"/> for what is neither, or cannot be looked at.</param>
internal readonly record struct FolderEntry(string Name, bool IsFolder, long Length);
