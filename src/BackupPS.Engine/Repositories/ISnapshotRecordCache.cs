namespace BackupPS.Engine.Repositories;

/// <summary>Snapshot records and notes that were read before. Neither ever changes; only a tombstone may take a snapshot's place, and has another length.</summary>
internal interface ISnapshotRecordCache
{
    /// <summary>Every snapshot that is known, by id, with the records of a selection.</summary>
    Dictionary<string, KnownSnapshot> Read(SnapshotSelection selection);

    /// <summary>Remembers some snapshots, and forgets others.</summary>
    void Update(IReadOnlyCollection<KnownSnapshot> learned, IReadOnlyCollection<string> gone);
}
