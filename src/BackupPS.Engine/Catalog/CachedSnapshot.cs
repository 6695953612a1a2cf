namespace BackupPS.Engine.Catalog;

/// <summary>A snapshot object that was read once.</summary>
/// <param name="SnapshotId">Its id.</param>
/// <param name="Length">Length of the object in the store, in bytes: another object of that name has another length.</param>
/// <param name="Document">What it holds, as JSON; <see langword="null"/> in a listing that is about others.</param>
internal sealed record CachedSnapshot(string SnapshotId, long Length, string? Document)
{
    /// <summary>The host that made it.</summary>
    public string HostId { get; init; } = "";

    /// <summary>The policy; empty for a backup without one.</summary>
    public string PolicyName { get; init; } = "";

    /// <summary>Number of the note that was read; -1: none.</summary>
    public int NoteNumber { get; init; } = -1;

    /// <summary>What that note holds, as JSON; <see langword="null"/>: none was read.</summary>
    public string? Note { get; init; }
}
