namespace BackupPS.Engine.Storage;

/// <summary>A line of a listing.</summary>
/// <param name="Name">The whole name, prefix included.</param>
/// <param name="Length">Length in bytes.</param>
internal readonly record struct StoredObject(string Name, long Length);
