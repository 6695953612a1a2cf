namespace BackupPS.Engine.Catalog;

/// <summary>A snapshot object that was read once.</summary>
/// <param name="SnapshotId">Its id.</param>
/// <param name="Length">Length of the object in the store, in bytes: another object of that name has another length.</param>
/// <param name="Document">What it holds, in the form of whoever caches it, at least a byte; <see langword="null"/> in a listing that is about others.</param>
internal sealed record CachedSnapshot(string SnapshotId, long Length, byte[]? Document)
{
    /// <summary>The host that made it.</summary>
    public string HostId { get; init; } = "";

    /// <summary>The policy; empty for a backup without one.</summary>
    public string PolicyName { get; init; } = "";

    /// <summary>The highest number of a note on it; -1: none.</summary>
    public int NoteNumber { get; init; } = -1;
}
