using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Which snapshots of one policy and host were verified whole by this host: every byte that they need was read and proved.</summary>
/// <param name="runs">Verifications that found every byte whole.</param>
/// <param name="snapshots">The snapshots.</param>
internal sealed class VerifiedSnapshots(IReadOnlyList<WholeVerification> runs, IReadOnlyList<BackupSnapshot> snapshots)
{
    /// <summary>Whether it was.</summary>
    public bool Contains(BackupSnapshot snapshot) => runs.Any(run =>
    {
        if (run.SnapshotId.Length > 0) return run.SnapshotId == snapshot.SnapshotId;
        if (run.PolicyName.Length > 0 && !string.Equals(run.PolicyName, snapshot.PolicyName, StringComparison.OrdinalIgnoreCase)) return false;
        if (snapshot.Time > run.Started) return false;

        // A drill without a snapshot's name restores the latest one of each policy.
        return run.Level != "Restore" || !snapshots.Any(other => other.Time > snapshot.Time && other.Time <= run.Started);
    });
}
