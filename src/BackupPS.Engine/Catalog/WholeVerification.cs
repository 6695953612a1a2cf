namespace BackupPS.Engine.Catalog;

/// <summary>A verification on this host that read every byte of something and found it whole.</summary>
/// <param name="SnapshotId">The snapshot; empty: all of the policy, or of the repository.</param>
/// <param name="PolicyName">The policy; empty: all.</param>
/// <param name="Level"><c>Data</c>, or <c>Restore</c>.</param>
/// <param name="Started">When it began (UTC).</param>
internal sealed record WholeVerification(string SnapshotId, string PolicyName, string Level, DateTime Started);
