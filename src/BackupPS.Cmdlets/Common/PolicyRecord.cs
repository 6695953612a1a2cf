using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A policy as an object of any origin: live, from another host, or a row of JSON, CSV or CLIXML with its properties.</summary>
internal static class PolicyRecord
{
    /// <summary>The policy that an object says; what it does not say has its default. <see langword="null"/>: it is no policy, for it has no sources.</summary>
    /// <exception cref="BackupException">A property has a value of another kind (<see cref="BackupError.InvalidArgument"/>).</exception>
    internal static BackupPolicy? Find(PSObject? record)
    {
        if (record is null) return null;
        if (record.BaseObject is BackupPolicy live) return live;
        if (record.Properties[nameof(BackupPolicy.Source)] is null) return null;
        return new BackupPolicy
        {
            PolicyName = Value(record, nameof(BackupPolicy.PolicyName), ""),
            Source = Texts(record, nameof(BackupPolicy.Source)),
            Repository = Value(record, nameof(BackupPolicy.Repository), ""),
            RepositoryId = "",
            Include = Texts(record, nameof(BackupPolicy.Include)),
            Exclude = Texts(record, nameof(BackupPolicy.Exclude)),
            ExcludeLargerThan = Value(record, nameof(BackupPolicy.ExcludeLargerThan), 0L),
            ExcludeCaches = Flag(record, nameof(BackupPolicy.ExcludeCaches)),
            OneFileSystem = Flag(record, nameof(BackupPolicy.OneFileSystem)),
            FullEvery = Value(record, nameof(BackupPolicy.FullEvery), ""),
            KeepLast = Value(record, nameof(BackupPolicy.KeepLast), 0),
            KeepHourly = Value(record, nameof(BackupPolicy.KeepHourly), 0),
            KeepDaily = Value(record, nameof(BackupPolicy.KeepDaily), 0),
            KeepWeekly = Value(record, nameof(BackupPolicy.KeepWeekly), 0),
            KeepMonthly = Value(record, nameof(BackupPolicy.KeepMonthly), 0),
            KeepYearly = Value(record, nameof(BackupPolicy.KeepYearly), 0),
            KeepWithin = Value(record, nameof(BackupPolicy.KeepWithin), ""),
            TimeZone = Value(record, nameof(BackupPolicy.TimeZone), ""),
            Verify = Value(record, nameof(BackupPolicy.Verify), "None"),
            Tag = Texts(record, nameof(BackupPolicy.Tag)),
        };
    }

    // A row of CSV holds numbers and flags as texts, and nothing for what was not said.
    private static T Value<T>(PSObject record, string name, T fallback)
    {
        object? value = record.Properties[name]?.Value;
        if (value is null or "") return fallback;
        return LanguagePrimitives.TryConvertTo(value, System.Globalization.CultureInfo.InvariantCulture, out T converted) ? converted
            : throw new BackupException(BackupError.InvalidArgument, $"The record's {name} is '{value}', which cannot be used.", name);
    }

    private static bool Flag(PSObject record, string name) => record.Properties[name]?.Value switch
    {
        null or "" => false,
        bool flag => flag,
        object other => bool.TryParse(other.ToString(), out bool flag) ? flag
            : throw new BackupException(BackupError.InvalidArgument, $"The record's {name} is '{other}', which is neither True nor False.", name),
    };

    private static string[] Texts(PSObject record, string name)
    {
        string[] texts = Value<string[]>(record, name, []);
        return texts is not ["System.String[]" or "System.Object[]"] ? texts
            : throw new BackupException(BackupError.InvalidArgument, $"The record's {name} is '{texts[0]}': a CSV file cannot hold lists. Use Export-BackupPolicy, or ConvertTo-Json.", name);
    }
}
