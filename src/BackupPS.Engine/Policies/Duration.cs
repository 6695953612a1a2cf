using System.Globalization;
using System.Text;

namespace BackupPS.Engine.Policies;

/// <summary>
/// A span of time as people write it: <c>30min</c>, <c>12h</c>, <c>7d</c>, <c>4w</c>, <c>6m</c> (months), <c>2y5m</c>. Years, months, weeks and
/// days are those of a calendar, so their length depends on where they are counted from; hours and minutes are exact.
/// No component is negative. The default value is zero, which <see cref="Parse"/> never returns.
/// </summary>
internal readonly record struct Duration
{
    // A DateTimeOffset spans 9999 years: what is longer could not be counted back from any instant.
    private const long MaxDays = 9999L * 366;

    // The order in which they are written. "m" is months, as in restic; "min" is told from it by being read whole.
    private static readonly string[] Units = ["y", "m", "w", "d", "h", "min"];

    private Duration(ReadOnlySpan<int> amounts)
    {
        Years = amounts[0];
        Months = amounts[1];
        Weeks = amounts[2];
        Days = amounts[3];
        Hours = amounts[4];
        Minutes = amounts[5];
    }

    /// <summary>Calendar years.</summary>
    public int Years { get; }

    /// <summary>Calendar months.</summary>
    public int Months { get; }

    /// <summary>Calendar weeks: seven days each.</summary>
    public int Weeks { get; }

    /// <summary>Calendar days, which may have 23 or 25 hours.</summary>
    public int Days { get; }

    /// <summary>Hours.</summary>
    public int Hours { get; }

    /// <summary>Minutes.</summary>
    public int Minutes { get; }

    /// <summary>Reads a duration.</summary>
    /// <param name="text">Numbers with units, the largest unit first, each unit once, in either case.</param>
    /// <exception cref="BackupException"><see cref="BackupError.InvalidDuration"/>: a number has no unit, a unit is unknown or out of order, or the whole is zero, negative or over 9999 years.</exception>
    public static Duration Parse(string text)
    {
        if (TryParse(text, out Duration duration)) return duration;
        throw new BackupException(
            BackupError.InvalidDuration,
            $"'{text}' is not a duration: numbers with the units y, m (months), w, d, h and min, the largest first, such as 12h, 7d or 2y5m; more than zero and at most 9999 years.",
            text);
    }

    /// <summary>Reads a duration; <see langword="false"/> where <see cref="Parse"/> would throw.</summary>
    public static bool TryParse(string? text, out Duration duration)
    {
        duration = default;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        Span<int> amounts = stackalloc int[Units.Length];
        amounts.Clear();
        int nextUnit = 0;
        while (!rest.IsEmpty)
        {
            int digits = LengthOf(rest, char.IsAsciiDigit);
            if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int amount)) return false;
            rest = rest[digits..];

            int letters = LengthOf(rest, char.IsAsciiLetter);
            int unit = IndexOfUnit(rest[..letters]);
            if (unit < nextUnit) return false;
            rest = rest[letters..];

            amounts[unit] = amount;
            nextUnit = unit + 1;
        }

        var read = new Duration(amounts);
        long days = (read.Years * 366L) + (read.Months * 31L) + (read.Weeks * 7L) + read.Days + (read.Hours / 24) + (read.Minutes / 1440);
        if (read == default || days > MaxDays) return false;
        duration = read;
        return true;
    }

    /// <summary>
    /// The instant so long before <paramref name="instant"/>. Years and months are counted on the calendar of <paramref name="zone"/>, a day that
    /// the month lacks becoming its last; then weeks and days; then hours and minutes, on the clock that never jumps. A local time that
    /// a change of the clocks skipped or doubled stands for the earlier of the two instants that it can mean: the span is never shorter than it says.
    /// What lies before year 1 becomes <see cref="DateTimeOffset.MinValue"/>.
    /// </summary>
    /// <returns>An instant with offset zero.</returns>
    public DateTimeOffset SubtractFrom(DateTimeOffset instant, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        try
        {
            DateTimeOffset start = instant.ToUniversalTime();
            if (Years != 0 || Months != 0 || Weeks != 0 || Days != 0)
            {
                DateTime local = TimeZoneInfo.ConvertTime(instant, zone).DateTime
                    .AddMonths(-((Years * 12) + Months))
                    .AddDays(-((Weeks * 7.0) + Days));
                start = EarliestInstant(local, zone);
            }

            return start.AddHours(-Hours).AddMinutes(-Minutes);
        }
        catch (ArgumentOutOfRangeException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    /// <summary>The form that <see cref="Parse"/> reads, in lower case and without zero parts; empty for the default value.</summary>
    public override string ToString()
    {
        ReadOnlySpan<int> amounts = [Years, Months, Weeks, Days, Hours, Minutes];
        var text = new StringBuilder();
        for (int i = 0; i < amounts.Length; i++)
        {
            if (amounts[i] != 0) text.Append(CultureInfo.InvariantCulture, $"{amounts[i]}{Units[i]}");
        }

        return text.ToString();
    }

    private static DateTimeOffset EarliestInstant(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsAmbiguousTime(local)) return At(local, zone.GetAmbiguousTimeOffsets(local).Max());
        if (!zone.IsInvalidTime(local)) return At(local, zone.GetUtcOffset(local));

        // In a gap. The offset that holds after it gives the earlier instant; a gap is at most a day long (Samoa, 30 December 2011).
        TimeSpan before = zone.GetUtcOffset(At(local, zone.BaseUtcOffset).AddDays(-2));
        TimeSpan after = zone.GetUtcOffset(At(local, zone.BaseUtcOffset).AddDays(2));
        return At(local, before > after ? before : after);
    }

    private static DateTimeOffset At(DateTime local, TimeSpan offset) => new(DateTime.SpecifyKind(local - offset, DateTimeKind.Unspecified), TimeSpan.Zero);

    private static int LengthOf(ReadOnlySpan<char> text, Func<char, bool> accepts)
    {
        int length = 0;
        while (length < text.Length && accepts(text[length])) length++;
        return length;
    }

    private static int IndexOfUnit(ReadOnlySpan<char> unit)
    {
        for (int i = 0; i < Units.Length; i++)
        {
            if (unit.Equals(Units[i], StringComparison.OrdinalIgnoreCase)) return i;
        }

        return -1;
    }
}
