using BackupPS.Engine.Policies;
using System.Globalization;

namespace BackupPS.Engine.Tests.Policies;

public sealed class DurationTests
{
    [Theory]
    [InlineData("30min", "30min")]
    [InlineData("12h", "12h")]
    [InlineData("7d", "7d")]
    [InlineData("4w", "4w")]
    [InlineData("6m", "6m")]
    [InlineData("2y5m", "2y5m")]
    [InlineData("1y2m3w4d5h6min", "1y2m3w4d5h6min")]
    [InlineData(" 07D ", "7d")]
    [InlineData("0y5M0d", "5m")]
    [InlineData("30MIN", "30min")]
    [InlineData("9999y", "9999y")]
    public void A_duration_with_units_is_read_and_written_canonically(string text, string canonical)
    {
        Duration duration = Duration.Parse(text);
        Assert.Equal(canonical, duration.ToString());
        Assert.Equal(duration, Duration.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("7")]
    [InlineData("7d3")]
    [InlineData("d")]
    [InlineData("-7d")]
    [InlineData("+7d")]
    [InlineData("7 d")]
    [InlineData("1.5h")]
    [InlineData("1d1y")]
    [InlineData("1d1d")]
    [InlineData("5min2h")]
    [InlineData("7x")]
    [InlineData("7days")]
    [InlineData("12:00")]
    [InlineData("0d")]
    [InlineData("10000y")]
    [InlineData("99999999999d")]
    [InlineData("2147483648h")]
    [InlineData("2147483647w")]
    [InlineData("٧d")]
    public void What_is_no_duration_is_refused_with_its_text(string text)
    {
        var error = Assert.Throws<BackupException>(() => Duration.Parse(text));
        Assert.Same(BackupError.InvalidDuration, error.Error);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.False(Duration.TryParse(text, out _));
    }

    [Fact]
    public void Null_is_no_duration() => Assert.False(Duration.TryParse(null, out _));

    [Theory]
    // Months are clamped to their length; weeks and days keep the time of day; hours and minutes are exact.
    [InlineData("UTC", "2026-11-20T10:00:00Z", "7d", "2026-11-13T10:00:00Z")]
    [InlineData("UTC", "2026-11-20T10:00:00Z", "4w", "2026-10-23T10:00:00Z")]
    [InlineData("UTC", "2026-11-20T10:00:00Z", "90min", "2026-11-20T08:30:00Z")]
    [InlineData("UTC", "2026-03-31T10:00:00Z", "1m", "2026-02-28T10:00:00Z")]
    [InlineData("UTC", "2024-03-31T10:00:00Z", "1m", "2024-02-29T10:00:00Z")]
    [InlineData("UTC", "2024-02-29T10:00:00Z", "1y", "2023-02-28T10:00:00Z")]
    [InlineData("UTC", "2026-08-31T10:00:00Z", "2y6m", "2024-02-29T10:00:00Z")]
    [InlineData("UTC", "2026-08-31T10:00:00Z", "6m1d", "2026-02-27T10:00:00Z")]
    // Over the end of summer time (25 October 2026, 03:00 back to 02:00) a day has 25 hours; 24 hours have 24.
    [InlineData("Europe/Berlin", "2026-10-25T12:00:00+01:00", "1d", "2026-10-24T12:00:00+02:00")]
    [InlineData("Europe/Berlin", "2026-10-25T12:00:00+01:00", "24h", "2026-10-24T13:00:00+02:00")]
    // Over its beginning (29 March 2026, 02:00 on to 03:00) a day has 23.
    [InlineData("Europe/Berlin", "2026-03-29T12:00:00+02:00", "1d", "2026-03-28T12:00:00+01:00")]
    [InlineData("Europe/Berlin", "2026-03-29T12:00:00+02:00", "24h", "2026-03-28T11:00:00+01:00")]
    // A local time that was skipped, or lived through twice, is the earlier instant.
    [InlineData("Europe/Berlin", "2026-03-30T02:30:00+02:00", "1d", "2026-03-29T01:30:00+01:00")]
    [InlineData("Europe/Berlin", "2026-10-26T02:30:00+01:00", "1d", "2026-10-25T02:30:00+02:00")]
    [InlineData("Australia/Lord_Howe", "2026-04-06T01:45:00+10:30", "1d", "2026-04-05T01:45:00+11:00")]
    [InlineData("Australia/Lord_Howe", "2026-10-05T02:15:00+11:00", "1d", "2026-10-04T01:45:00+10:30")]
    // Samoa skipped 30 December 2011: a day back from the 31st still is a day, and never the instant itself.
    [InlineData("Pacific/Apia", "2011-12-31T10:00:00+14:00", "1d", "2011-12-29T10:00:00-10:00")]
    // Before the calendar begins.
    [InlineData("UTC", "2026-11-20T10:00:00Z", "9999y", "0001-01-01T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-11-20T10:00:00Z", "2025y11m", "0001-01-01T00:00:00Z")]
    public void Counting_back_follows_the_calendar_of_the_zone(string zone, string from, string duration, string expected)
    {
        DateTimeOffset result = Duration.Parse(duration).SubtractFrom(At(from), TimeZoneInfo.FindSystemTimeZoneById(zone));
        if (expected.StartsWith("0001", StringComparison.Ordinal)) Assert.True(result < new DateTimeOffset(2, 1, 1, 0, 0, 0, TimeSpan.Zero), $"{result:O}");
        else Assert.Equal(At(expected).ToUniversalTime(), result);
        Assert.Equal(TimeSpan.Zero, result.Offset);
    }

    [Fact]
    public void Counting_back_always_gets_earlier()
    {
        int seed = Environment.TickCount;
        var random = new Random(seed);
        string[] zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "America/Havana"];
        string[] durations = ["1min", "1h", "1d", "1w", "1m", "1y", "1y1m1w1d1h1min"];
        for (int i = 0; i < 20_000; i++)
        {
            TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(zones[random.Next(zones.Length)]);
            DateTimeOffset from = new DateTimeOffset(1990, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(random.Next(40 * 525_960));
            string duration = durations[random.Next(durations.Length)];
            DateTimeOffset result = Duration.Parse(duration).SubtractFrom(from, zone);
            Assert.True(result < from, $"seed {seed}: {duration} before {from:O} in {zone.Id} is {result:O}");
        }
    }

    [Fact]
    public void Turkish_letters_change_nothing()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
        try
        {
            Assert.Equal("30min", Duration.Parse("30MIN").ToString());
            Assert.False(Duration.TryParse("30mın", out _));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
