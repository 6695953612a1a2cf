namespace BackupPS.Engine.Catalog;

/// <summary>The newest snapshot of a policy and host that was ever seen in a repository.</summary>
/// <param name="Sequence">Its sequence.</param>
/// <param name="SnapshotId">Its id.</param>
internal sealed record SnapshotHead(long Sequence, string SnapshotId);
