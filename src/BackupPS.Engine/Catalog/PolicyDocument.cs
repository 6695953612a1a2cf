using System.Buffers;
using System.Text;
using System.Text.Json;

namespace BackupPS.Engine.Catalog;

/// <summary>
/// A policy as JSON text in a column, so that a property more needs no migration: properties that this version does not know are ignored, and
/// those that a document lacks have their defaults. Texts are written by <see cref="PathText.Escape"/>: JSON carries valid Unicode only, and a path may
/// hold any byte.
/// </summary>
internal static class PolicyDocument
{
    /// <summary>The document of a policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="repository">The name of the repository where it is to be another than the policy says.</param>
    public static string Write(BackupPolicy policy, string? repository = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartObject();
        WriteText(json, nameof(BackupPolicy.PolicyName), policy.PolicyName);
        WriteTexts(json, nameof(BackupPolicy.Source), policy.Source);
        WriteText(json, nameof(BackupPolicy.Repository), repository ?? policy.Repository);
        WriteText(json, nameof(BackupPolicy.RepositoryId), policy.RepositoryId);
        WriteTexts(json, nameof(BackupPolicy.Include), policy.Include);
        WriteTexts(json, nameof(BackupPolicy.Exclude), policy.Exclude);
        json.WriteNumber(nameof(BackupPolicy.ExcludeLargerThan), policy.ExcludeLargerThan);
        json.WriteBoolean(nameof(BackupPolicy.ExcludeCaches), policy.ExcludeCaches);
        json.WriteBoolean(nameof(BackupPolicy.OneFileSystem), policy.OneFileSystem);
        WriteText(json, nameof(BackupPolicy.FullEvery), policy.FullEvery);
        json.WriteNumber(nameof(BackupPolicy.KeepLast), policy.KeepLast);
        json.WriteNumber(nameof(BackupPolicy.KeepHourly), policy.KeepHourly);
        json.WriteNumber(nameof(BackupPolicy.KeepDaily), policy.KeepDaily);
        json.WriteNumber(nameof(BackupPolicy.KeepWeekly), policy.KeepWeekly);
        json.WriteNumber(nameof(BackupPolicy.KeepMonthly), policy.KeepMonthly);
        json.WriteNumber(nameof(BackupPolicy.KeepYearly), policy.KeepYearly);
        WriteText(json, nameof(BackupPolicy.KeepWithin), policy.KeepWithin);
        WriteText(json, nameof(BackupPolicy.TimeZone), policy.TimeZone);
        WriteText(json, nameof(BackupPolicy.Verify), policy.Verify);
        WriteTexts(json, nameof(BackupPolicy.Tag), policy.Tag);
        json.WriteString(nameof(BackupPolicy.Created), policy.Created.UtcDateTime);
        json.WriteString(nameof(BackupPolicy.Modified), policy.Modified.UtcDateTime);
        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The policy of a document.</summary>
    /// <exception cref="JsonException">The document is damaged, or lacks a required property.</exception>
    /// <exception cref="FormatException">A text has an escape that none has.</exception>
    public static BackupPolicy Read(string text) => JsonFields.Read(Encoding.UTF8.GetBytes(text), static fields => new BackupPolicy
    {
        PolicyName = PathText.Unescape(fields.Text(nameof(BackupPolicy.PolicyName))),
        Source = Unescape(fields.Texts(nameof(BackupPolicy.Source))),
        Repository = PathText.Unescape(fields.Text(nameof(BackupPolicy.Repository))),
        RepositoryId = PathText.Unescape(fields.Text(nameof(BackupPolicy.RepositoryId))),
        Include = Unescape(fields.TextsOrNone(nameof(BackupPolicy.Include))),
        Exclude = Unescape(fields.TextsOrNone(nameof(BackupPolicy.Exclude))),
        ExcludeLargerThan = fields.NumberOrZero(nameof(BackupPolicy.ExcludeLargerThan)),
        ExcludeCaches = fields.FlagOrFalse(nameof(BackupPolicy.ExcludeCaches)),
        OneFileSystem = fields.FlagOrFalse(nameof(BackupPolicy.OneFileSystem)),
        FullEvery = PathText.Unescape(fields.Text(nameof(BackupPolicy.FullEvery), "")),
        KeepLast = fields.SmallOrZero(nameof(BackupPolicy.KeepLast)),
        KeepHourly = fields.SmallOrZero(nameof(BackupPolicy.KeepHourly)),
        KeepDaily = fields.SmallOrZero(nameof(BackupPolicy.KeepDaily)),
        KeepWeekly = fields.SmallOrZero(nameof(BackupPolicy.KeepWeekly)),
        KeepMonthly = fields.SmallOrZero(nameof(BackupPolicy.KeepMonthly)),
        KeepYearly = fields.SmallOrZero(nameof(BackupPolicy.KeepYearly)),
        KeepWithin = PathText.Unescape(fields.Text(nameof(BackupPolicy.KeepWithin), "")),
        TimeZone = PathText.Unescape(fields.Text(nameof(BackupPolicy.TimeZone), "")),
        Verify = PathText.Unescape(fields.Text(nameof(BackupPolicy.Verify), "None")),
        Tag = Unescape(fields.TextsOrNone(nameof(BackupPolicy.Tag))),
        Created = fields.TimeOrDefault(nameof(BackupPolicy.Created)),
        Modified = fields.TimeOrDefault(nameof(BackupPolicy.Modified)),
    });

    private static void WriteText(Utf8JsonWriter json, string name, string text) => json.WriteString(name, PathText.Escape(text));

    private static void WriteTexts(Utf8JsonWriter json, string name, string[] texts) => json.WriteTexts(name, Array.ConvertAll(texts, PathText.Escape));

    private static string[] Unescape(string[] texts) => Array.ConvertAll(texts, PathText.Unescape);
}
