using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace BackupPS.Cmdlets;

/// <summary>
/// Times as text: with an offset or Z they are that instant in every zone, without one they are local; ISO 8601 and PowerShell's own form mean the same in every culture.
/// What two cultures read as two days is refused rather than guessed.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed partial class TimeTransformationAttribute : ArgumentTransformationAttribute
{
    private const DateTimeStyles Styles = DateTimeStyles.AssumeLocal | DateTimeStyles.AllowWhiteSpaces;

    // What PowerShell makes of a time in a string.
    private static readonly string[] PlainForms = ["MM/dd/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm:ss zzz", "MM/dd/yyyy HH:mm:ssK"];

    /// <summary>A text that ends with whole seconds means all of that second: a time in a string has lost its fraction.</summary>
    public bool WholeSecond { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        DateTimeOffset time => time.UtcDateTime,
        DateTime time => time.ToUniversalTime(),
        string text => Read(text.Trim()),
        _ => inputData,
    };

    private DateTime Read(string text)
    {
        DateTime time = Parse(text).UtcDateTime;
        return WholeSecond && EndsWithSeconds().IsMatch(text) && time <= DateTime.MaxValue.AddSeconds(-1) ? time.AddTicks(TimeSpan.TicksPerSecond - 1) : time;
    }

    private static DateTimeOffset Parse(string text)
    {
        bool plain = StartsAsIso().IsMatch(text)
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out DateTimeOffset time)
            : DateTimeOffset.TryParseExact(text, PlainForms, CultureInfo.InvariantCulture, Styles, out time);
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
}
