namespace BackupPS.Engine.Repositories;

/// <summary>Which snapshots a listing is about.</summary>
/// <param name="HostId">Those of this host; <see langword="null"/>: of any.</param>
/// <param name="PolicyName">Those of this policy, compared without case, where empty means that there is none; <see langword="null"/>: of any and of none.</param>
internal sealed record SnapshotSelection(string? HostId, string? PolicyName)
{
    /// <summary>Every snapshot.</summary>
    public static readonly SnapshotSelection All = new(null, null);

    public bool Has(SnapshotRecord record) =>
        (HostId is null || record.HostId == HostId) && (PolicyName is null || string.Equals(record.PolicyName, PolicyName, StringComparison.OrdinalIgnoreCase));
}
