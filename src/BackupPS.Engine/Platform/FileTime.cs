namespace BackupPS.Engine.Platform;

/// <summary>A point in time as file systems have it.</summary>
/// <param name="Seconds">Seconds since 1970-01-01 UTC; may be negative.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
internal readonly record struct FileTime(long Seconds, int Nanoseconds) : IComparable<FileTime>
{
    /// <inheritdoc/>
    public int CompareTo(FileTime other)
    {
        int bySeconds = Seconds.CompareTo(other.Seconds);
        return bySeconds != 0 ? bySeconds : Nanoseconds.CompareTo(other.Nanoseconds);
    }

    /// <summary>For people and .NET: to 100 ns, clamped to the range of <see cref="DateTime"/>.</summary>
    public DateTime ToDateTime()
    {
        const long MinimumSeconds = -62_135_596_800, MaximumSeconds = 253_402_300_799;
        long seconds = Math.Clamp(Seconds, MinimumSeconds, MaximumSeconds);
        return DateTime.UnixEpoch.AddTicks((seconds * TimeSpan.TicksPerSecond) + (Nanoseconds / 100));
    }

    /// <summary>From .NET's time.</summary>
    public static FileTime FromDateTime(DateTime utc)
    {
        (long seconds, long ticks) = Math.DivRem((utc - DateTime.UnixEpoch).Ticks, TimeSpan.TicksPerSecond);
        return ticks < 0 ? new FileTime(seconds - 1, (int)(ticks + TimeSpan.TicksPerSecond) * 100) : new FileTime(seconds, (int)ticks * 100);
    }
}
