using BackupPS.Engine.Policies;
using System.Globalization;

namespace BackupPS.Engine.Tests.Policies;

/// <summary>
/// A timeline with what is expected of it, one snapshot a line: <c>2026-01-05 10:00 -> daily 1, weekly 1</c>, or <c>-> removed</c>. A time without an offset is UTC;
/// after it may stand <c>!</c> for an Incomplete snapshot and <c>H</c> for a held one. Empty lines and lines that begin with # are for the reader.
/// </summary>
internal sealed class RetentionTable
{
    private readonly List<(string Time, string Expected)> _rows = [];

    public RetentionTable(string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('#')) continue;
            string[] parts = line.Split("->", StringSplitOptions.TrimEntries);
            Assert.True(parts.Length == 2, $"Not a line of a table: {line}");
            _rows.Add((parts[0], parts[1]));
            Snapshots.Add(Snapshot(parts[0], _rows.Count));
        }
    }

    public List<BackupSnapshot> Snapshots { get; } = [];

    /// <summary>The table as it was written.</summary>
    public string Expected => string.Join('\n', _rows.Select(row => $"{row.Time} -> {row.Expected}"));

    /// <summary>The table with these decisions in it.</summary>
    public string With(IReadOnlyList<RetentionDecision> decisions)
    {
        Dictionary<string, RetentionDecision> byId = decisions.ToDictionary(decision => decision.SnapshotId);
        return string.Join('\n', _rows.Select((row, i) => $"{row.Time} -> {Text(byId[Snapshots[i].SnapshotId])}"));
    }

    /// <summary>Rules as <c>last 3, daily 7, within 30d</c>.</summary>
    public static RetentionRules Rules(string text)
    {
        var rules = new RetentionRules();
        foreach (string rule in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = rule.Split(' ');
            rules = parts[0] switch
            {
                "last" => rules with { KeepLast = Count(parts[1]) },
                "hourly" => rules with { KeepHourly = Count(parts[1]) },
                "daily" => rules with { KeepDaily = Count(parts[1]) },
                "weekly" => rules with { KeepWeekly = Count(parts[1]) },
                "monthly" => rules with { KeepMonthly = Count(parts[1]) },
                "yearly" => rules with { KeepYearly = Count(parts[1]) },
                "within" => rules with { KeepWithin = Duration.Parse(parts[1]) },
                _ => throw new ArgumentException(rule),
            };
        }

        return rules;
    }

    private static int Count(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(RetentionDecision decision)
    {
        Assert.Equal(decision.Reason.Length > 0 ? "Keep" : "Remove", decision.Action);
        return decision.Reason.Length > 0 ? string.Join(", ", decision.Reason) : "removed";
    }

    private static BackupSnapshot Snapshot(string text, int number)
    {
        string time = text.TrimEnd('!', 'H', ' ');
        string flags = text[time.Length..];
        return new BackupSnapshot
        {
            SnapshotId = number.ToString("x32", CultureInfo.InvariantCulture),
            Repository = "vault",
            RepositoryId = "r",
            PolicyName = "web",
            Time = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).UtcDateTime,
            Type = "Incremental",
            Status = flags.Contains('!', StringComparison.Ordinal) ? "Incomplete" : "Complete",
            Hold = flags.Contains('H', StringComparison.Ordinal),
            HostName = "h",
            HostId = "h",
            Sequence = number,
        };
    }
}
