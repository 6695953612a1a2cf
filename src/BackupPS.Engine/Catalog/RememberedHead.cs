namespace BackupPS.Engine.Catalog;

/// <summary>A head of one host's history.</summary>
/// <param name="HostId">The host.</param>
/// <param name="Snapshot">The snapshot.</param>
internal sealed record RememberedHead(string HostId, SnapshotHead Snapshot);
