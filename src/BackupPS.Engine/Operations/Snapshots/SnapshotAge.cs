namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Which snapshot is the latest when clocks have been wrong.</summary>
internal static class SnapshotAge
{
    // Clocks of hosts differ by seconds, one that takes local time for UTC by up to 14 h: those sort themselves out within the day.
    private static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    /// <summary>
    /// The time that counts when the latest is asked for: a snapshot from the future comes from a clock that was wrong, and must not stay the
    /// latest until that time has come. It is the latest only where there is no other.
    /// </summary>
    /// <param name="time">When it was made (UTC), as its host believed.</param>
    /// <param name="now">The present (UTC).</param>
    public static DateTime Effective(DateTime time, DateTime now) => time - now > Tolerance ? DateTime.MinValue : time;
}
