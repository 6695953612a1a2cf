using BackupPS.Engine.Policies;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Where a new snapshot stands: its type, the snapshot that it is compared with, and the one that came before it.</summary>
/// <param name="Type"><c>Full</c>, <c>Incremental</c> or <c>Differential</c>.</param>
/// <param name="Parent">What it is compared with; <see langword="null"/> for a Full.</param>
/// <param name="Predecessor">The latest of the same policy and host; <see langword="null"/> for the first.</param>
/// <param name="Reason">Why this type, for the story of the run.</param>
internal sealed record SnapshotLineage(string Type, SnapshotRecord? Parent, SnapshotRecord? Predecessor, string Reason)
{
    /// <summary>The latest complete one of the line, which an empty source is held against; <see langword="null"/> when a Full was asked for by name, which says that all is as it should be.</summary>
    public SnapshotRecord? LatestComplete { get; init; }

    /// <summary>Number of the new snapshot.</summary>
    public long Sequence => (Predecessor?.Sequence ?? 0) + 1;

    /// <summary>Chooses by the rules of DESIGN section 2.</summary>
    /// <param name="snapshots">Those of the repository, oldest first; others than those of the policy and host do not matter.</param>
    /// <param name="job">The backup.</param>
    /// <param name="sources">Its sources in normal form.</param>
    /// <param name="hostId">This host.</param>
    /// <param name="now">Now (UTC).</param>
    public static SnapshotLineage Choose(IReadOnlyList<SnapshotRecord> snapshots, BackupJob job, IReadOnlyList<string> sources, string hostId, DateTime now)
    {
        // A policy's parent is its latest snapshot from this host; that of an ad-hoc backup, the latest with the same paths.
        IEnumerable<SnapshotRecord> own = snapshots.Where(r => r.HostId == hostId);
        string[] escaped = [.. sources.Select(PathText.Escape)];
        IEnumerable<SnapshotRecord> related = job.PolicyName.Length > 0
            ? own.Where(r => string.Equals(r.PolicyName, job.PolicyName, StringComparison.OrdinalIgnoreCase))
            : own.Where(r => r.PolicyName.Length == 0 && r.Source.AsSpan().SequenceEqual(escaped));

        // Numbers go on where clocks are set back: one run of a clock that was years ahead must not stay the latest for years.
        List<SnapshotRecord> line = [.. related.OrderBy(static r => r.Sequence)];
        SnapshotRecord? latest = line.LastOrDefault();
        SnapshotRecord? full = line.LastOrDefault(static r => r.Type == "Full");
        SnapshotRecord? complete = job.Type == "Full" ? null : line.LastOrDefault(static r => r.Status == "Complete");
        return Choose(job, latest, full, now) with { LatestComplete = complete };
    }

    private static SnapshotLineage Choose(BackupJob job, SnapshotRecord? latest, SnapshotRecord? full, DateTime now)
    {
        SnapshotLineage first = new("Full", null, latest, "there is no Full yet");
        switch (job.Type)
        {
            case "Full":
                return first with { Reason = "it was asked for" };
            case "Incremental":
                return latest is null ? first : new SnapshotLineage("Incremental", latest, latest, "it was asked for");
            case "Differential":
                return full is null ? first : new SnapshotLineage("Differential", full, latest, "it was asked for");
            default:
                if (full is null || latest is null) return first;
                if (job.FullEvery.Length > 0)
                {
                    DateTimeOffset due = Duration.Parse(job.FullEvery).SubtractFrom(new DateTimeOffset(now, TimeSpan.Zero), PolicyTimeZone.Find(job.TimeZone));
                    if (full.Time > now) return first with { Reason = "the latest Full comes from a clock that was ahead" };
                    if (full.Time <= due.UtcDateTime) return first with { Reason = $"the latest Full is older than {job.FullEvery}" };
                }

                return new SnapshotLineage("Incremental", latest, latest, job.FullEvery.Length > 0 ? $"the latest Full is not older than {job.FullEvery}" : "there is a Full");
        }
    }
}
