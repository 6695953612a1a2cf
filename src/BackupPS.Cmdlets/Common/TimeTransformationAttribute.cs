using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace BackupPS.Cmdlets;

/// <summary>
/// Times as text: with an offset or Z they are that instant in every zone, without one they are local; ISO 8601, PowerShell's own form and dates with dots,
/// which have the day first, mean the same in every culture. What two cultures read as two days, and an hour that the clocks go through twice, is refused rather than
/// guessed.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class TimeTransformationAttribute : ArgumentTransformationAttribute
{
    private const DateTimeStyles Styles = DateTimeStyles.AssumeLocal | DateTimeStyles.AllowWhiteSpaces;

    // What PowerShell makes of a time in a string.
    private static readonly string[] PlainForms = ["MM/dd/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm:ss zzz", "MM/dd/yyyy HH:mm:ssK"];

    private static readonly string[] DottedForms = ["d.M.yyyy", "d.M.yyyy H:mm", "d.M.yyyy H:mm zzz", "d.M.yyyy H:mm:ss", "d.M.yyyy H:mm:ss zzz"];

    /// <summary>A text that ends with whole seconds means all of that second: a time in a string has lost its fraction.</summary>
    public bool WholeSecond { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => inputData switch
    {
        PSObject wrapped when TimeConverter.FromElsewhere(wrapped) is { } time => time.UtcDateTime,
        PSObject wrapped => Read(wrapped.BaseObject),
        _ => Read(inputData),
    };

    private object? Read(object? given) => given switch
    {
        DateTimeOffset time => time.UtcDateTime,
        DateTime time => time.ToUniversalTime(),
        string text => Read(text.Trim()),
        _ => given,
    };

    private DateTime Read(string text)
    {
        DateTimeOffset read = Parse(text);
        if (TimeZoneInfo.Local.IsAmbiguousTime(read.DateTime) && !EndsWithZone().IsMatch(text))
        {
            throw Unclear($"'{text}' is two times in this time zone: the clocks are put back then.");
        }

        DateTime time = read.UtcDateTime;
        return WholeSecond && EndsWithSeconds().IsMatch(text) && time <= DateTime.MaxValue.AddSeconds(-1) ? time.AddTicks(TimeSpan.TicksPerSecond - 1) : time;
    }

    private static DateTimeOffset Parse(string text)
    {
        bool plain = StartsAsIso().IsMatch(text)
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out DateTimeOffset time)
            : DateTimeOffset.TryParseExact(text, PlainForms, CultureInfo.InvariantCulture, Styles, out time)
                || DateTimeOffset.TryParseExact(text, DottedForms, CultureInfo.InvariantCulture, Styles, out time);
        if (plain) return time;

        bool here = DateTimeOffset.TryParse(text, CultureInfo.CurrentCulture, Styles, out DateTimeOffset byCulture);
        bool everywhere = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out time);
        if (here && everywhere && byCulture != time) throw Unclear($"'{text}' can be read as two times.");
        return everywhere ? time : here ? byCulture : throw Unclear($"'{text}' is no time.");
    }

    private static ArgumentTransformationMetadataException Unclear(string what) => new($"{what} Write times as 2026-11-03 14:05:09, or with an offset as 2026-11-03T14:05:09+01:00.");

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}([T ]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex StartsAsIso();

    // 14:05:09, and no fraction after it; an offset has hours and minutes alone.
    [GeneratedRegex(@"\d{1,2}:\d{2}:\d{2}(?![.,:\d])", RegexOptions.CultureInvariant)]
    private static partial Regex EndsWithSeconds();

    [GeneratedRegex(@"(Z|GMT|[+-]\d{1,2}:?\d{2})$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex EndsWithZone();
}
