using System.Globalization;

namespace BackupPS.Engine.Policies;

/// <summary>Names the hour, day, week, month or year, in a zone, that a snapshot falls into. Two snapshots of one period get equal names.</summary>
internal static class RetentionPeriod
{
    /// <summary>
    /// Hour of a local time. The offset is part of it: when clocks are set back, an hour is lived through twice, and the two are two periods.
    /// </summary>
    public static string Hour(DateTimeOffset local) => local.ToString("yyyy-MM-dd'T'HHzzz", CultureInfo.InvariantCulture);

    /// <summary>Day of a local time.</summary>
    public static string Day(DateTimeOffset local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>ISO 8601 week of a local time: weeks begin on Monday, and belong to the year that holds their Thursday.</summary>
    public static string Week(DateTimeOffset local) => string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(local.DateTime):D4}-W{ISOWeek.GetWeekOfYear(local.DateTime):D2}");

    /// <summary>Month of a local time.</summary>
    public static string Month(DateTimeOffset local) => local.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    /// <summary>Year of a local time.</summary>
    public static string Year(DateTimeOffset local) => local.ToString("yyyy", CultureInfo.InvariantCulture);
}
