using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>The snapshots that hold an item.</summary>
/// <param name="Repository">What users call their repository.</param>
/// <param name="First">The oldest of them.</param>
/// <param name="Latest">The newest of them.</param>
/// <param name="Ids">Ids of all, the oldest first.</param>
internal sealed record ItemHolders(string Repository, SnapshotRecord First, SnapshotRecord Latest, string[] Ids)
{
    /// <summary>One snapshot.</summary>
    public static ItemHolders Only(string repository, SnapshotRecord snapshot) => new(repository, snapshot, snapshot, [snapshot.Id]);
}
