namespace BackupPS.Engine.Repositories;

/// <summary>That a snapshot was removed, so that a history with a gap can be told from one that was cut.</summary>
internal sealed record RemovalRecord
{
    public required string SnapshotId { get; init; }

    public required string PolicyName { get; init; }

    public required string HostId { get; init; }

    public required string PredecessorId { get; init; }

    public required long Sequence { get; init; }

    public required DateTime Time { get; init; }

    public required DateTime Removed { get; init; }
}
