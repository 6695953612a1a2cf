namespace BackupPS.Engine.Catalog;

/// <summary>A snapshot object that was read once.</summary>
/// <param name="SnapshotId">Its id.</param>
/// <param name="Length">Length of the object in the store, in bytes: another object of that name has another length.</param>
/// <param name="Document">What it holds, as JSON.</param>
internal sealed record CachedSnapshot(string SnapshotId, long Length, string Document);
