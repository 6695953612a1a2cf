namespace BackupPS.Engine.Repositories;

/// <summary>Snapshot records that were read before. A snapshot never changes; only a tombstone may take its place, and has another length.</summary>
internal interface ISnapshotRecordCache
{
    /// <summary>The records at hand, by id, each with the length of its object.</summary>
    IReadOnlyDictionary<string, (long Length, SnapshotRecord Record)> Read();

    /// <summary>Remembers some records, and forgets others.</summary>
    void Update(IReadOnlyCollection<(long Length, SnapshotRecord Record)> added, IReadOnlyCollection<string> gone);
}
