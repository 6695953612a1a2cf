using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>What a verification is about: the whole repository, or some of its snapshots and what those need. Whatever else is damaged is no matter of theirs.</summary>
/// <param name="SnapshotId">Only this snapshot; <see langword="null"/>: those of the policy, or all.</param>
/// <param name="PolicyName">Only snapshots of this policy; <see langword="null"/>: of all.</param>
/// <param name="Hosts">Only snapshots of these hosts; <see langword="null"/>: of all.</param>
/// <param name="OwnId">The id of this host; <see langword="null"/> where it has none yet.</param>
internal sealed record VerifyScope(string? SnapshotId, string? PolicyName, HostSelection? Hosts, string? OwnId)
{
    /// <summary>Whether it is the whole repository.</summary>
    public bool IsWhole => SnapshotId is null && PolicyName is null && Hosts is null;

    /// <summary>Whether it is about a snapshot.</summary>
    public bool Has(SnapshotRecord record) => SnapshotId is not null
        ? record.Id == SnapshotId
        : (PolicyName is null || string.Equals(record.PolicyName, PolicyName, StringComparison.OrdinalIgnoreCase))
            && (Hosts is null || Hosts.Has(record.HostId, record.HostName, OwnId));

    /// <summary>Whether it may be about a snapshot of which nothing but the id is known.</summary>
    public bool MayHave(string snapshotId) => SnapshotId is null || SnapshotId == snapshotId;
}
