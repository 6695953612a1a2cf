namespace BackupPS.Engine.Policies;

/// <summary>A snapshot on its way through the rules, with the reasons found so far to keep it.</summary>
internal sealed class RetentionCandidate(BackupSnapshot snapshot, TimeZoneInfo zone)
{
    /// <summary>The snapshot.</summary>
    public BackupSnapshot Snapshot { get; } = snapshot;

    /// <summary>Its time in the policy's zone.</summary>
    public DateTimeOffset Local { get; } = TimeZoneInfo.ConvertTime(snapshot.Time, zone);

    /// <summary>Whether every item of the source is in it.</summary>
    public bool IsComplete => Snapshot.Status == "Complete";

    /// <summary>Why it stays; empty: it goes.</summary>
    public List<string> Reasons { get; } = [];

    /// <summary>What becomes of it.</summary>
    public RetentionDecision Decide() => new()
    {
        SnapshotId = Snapshot.SnapshotId,
        Repository = Snapshot.Repository,
        PolicyName = Snapshot.PolicyName,
        HostName = Snapshot.HostName,
        Time = Snapshot.Time,
        Action = Reasons.Count == 0 ? "Remove" : "Keep",
        Reason = [.. Reasons],
    };
}
