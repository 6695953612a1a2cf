using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>What a verification is about: the whole repository, or some of its snapshots and what those need. Whatever else is damaged is no matter of theirs.</summary>
/// <param name="SnapshotId">Only this snapshot; <see langword="null"/>: those of the policy, or all.</param>
/// <param name="PolicyName">Only snapshots of this policy; <see langword="null"/>: of all.</param>
internal sealed record VerifyScope(string? SnapshotId, string? PolicyName)
{
    /// <summary>Whether it is the whole repository.</summary>
    public bool IsWhole => SnapshotId is null && PolicyName is null;

    /// <summary>Whether it is about a snapshot.</summary>
    public bool Has(SnapshotRecord record) => SnapshotId is not null
        ? record.Id == SnapshotId
        : PolicyName is null || string.Equals(record.PolicyName, PolicyName, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it may be about a snapshot of which nothing but the id is known.</summary>
    public bool MayHave(string snapshotId) => SnapshotId is null || SnapshotId == snapshotId;
}
