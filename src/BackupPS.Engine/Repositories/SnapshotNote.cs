namespace BackupPS.Engine.Repositories;

/// <summary>What is said of a snapshot afterwards. Each note says all of it; the highest number wins.</summary>
internal sealed record SnapshotNote
{
    public required string[] Tag { get; init; }

    public required bool Hold { get; init; }

    public required DateTime Time { get; init; }
}
