namespace BackupPS.Engine.Repositories;

/// <summary>What this host has seen in a repository, whatever the repository shows now. Losing it makes losses harder to notice, and loses nothing.</summary>
internal interface ISnapshotMemory
{
    /// <summary>Ids of the snapshots that were ever seen, each with the highest number of a note on it, or -1.</summary>
    IReadOnlyDictionary<string, int> Read();

    /// <summary>Remembers some.</summary>
    void Remember(IReadOnlyDictionary<string, int> seen);
}
