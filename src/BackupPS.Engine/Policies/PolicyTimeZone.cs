namespace BackupPS.Engine.Policies;

/// <summary>Finds the zone that a policy names.</summary>
internal static class PolicyTimeZone
{
    /// <summary>The zone of an IANA or Windows id, on any system; UTC for an empty one.</summary>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidArgument"/>: this system knows no such zone.</exception>
    public static TimeZoneInfo Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id.Length == 0) return TimeZoneInfo.Utc;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone)) return zone;
        throw new BackupException(BackupError.InvalidArgument, $"TimeZone '{id}' is not known on this system. Use an id such as Europe/Berlin, or nothing for UTC.", id);
    }
}
