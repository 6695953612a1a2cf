using System.Globalization;
using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>How the views (module/BackupPS.Format.ps1xml) and messages show raw values. Objects keep the raw ones.</summary>
public static class ViewText
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>A number of bytes with three digits or more: <c>999 B</c>, <c>1.5 KiB</c>, <c>23.4 GiB</c>.</summary>
    public static string Bytes(long value)
    {
        if (Math.Abs((double)value) < 1024) return string.Create(CultureInfo.InvariantCulture, $"{value} B");
        double scaled = value;
        int unit = 0;
        // 1023.95 would round to 1024.0.
        while (Math.Abs(scaled) >= 1023.95 && unit < Units.Length - 1)
        {
            scaled /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{scaled:0.0} {Units[unit]}");
    }

    /// <summary>A number of things, in groups of three digits: <c>1,234,567</c>. The same in every culture, as the bytes beside it are.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A time in the zone of this host with its offset; nothing for a time that was never set.</summary>
    public static string Time(DateTimeOffset value) =>
        value == default ? "" : value.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>A duration: <c>0.4s</c>, <c>12.3s</c>, <c>4m05s</c>, <c>2h03m</c>, <c>3d04h</c>.</summary>
    public static string Duration(TimeSpan value) => value switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:0.0}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{value.Minutes}m{value.Seconds:00}s"),
        { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{value.Hours}h{value.Minutes:00}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.Days}d{value.Hours:00}h"),
    };

    /// <summary>The first 8 digits of an id: enough to tell apart what one screen shows, and a prefix that every command takes.</summary>
    public static string Id(string? value) => value is null ? "" : value.Length <= 8 ? value : value[..8];

    /// <summary>Paths, with bytes that are not UTF-8 shown as <c>\xNN</c>.</summary>
    public static string Path(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => "",
        string path => PathText.ToDisplay(path),
        System.Collections.IEnumerable paths => string.Join(", ", paths.Cast<object?>().Select(Path)),
        object other => other.ToString() ?? "",
    };

    /// <summary>
    /// The path of an item on its source, after the name of its host where that is another one (<c>web2:/etc/hosts</c>), or of a repository's folder: on the
    /// Backup: drive their Path is that on the drive.
    /// </summary>
    public static string Place(PSObject shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        string path = Path((shown.Properties["SourcePath"] ?? shown.Properties["RepositoryPath"] ?? shown.Properties["Path"])?.Value);
        bool isOther = shown.Properties["HostName"]?.Value is string { Length: > 0 } host && !host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
        return isOther ? $"{Path(shown.Properties["HostName"].Value)}:{path}" : path;
    }

    /// <summary>Type and permissions of an item as <c>ls -l</c> shows them: <c>drwxr-xr-x</c>.</summary>
    public static string Mode(PSObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        string letter = item.Properties["Type"]?.Value switch
        {
            "Directory" => "d",
            "SymbolicLink" => "l",
            "Fifo" => "p",
            "Socket" => "s",
            "CharacterDevice" => "c",
            "BlockDevice" => "b",
            _ => "-",
        };
        return letter + item.Properties["Mode"]?.Value;
    }

    /// <summary>What an event is about, and what happened; of the end of a phase or a run and of a retry, how long it took.</summary>
    public static string Event(PSObject shown)
    {
        ArgumentNullException.ThrowIfNull(shown);
        var parts = new List<string> { Path(shown.Properties["Path"]?.Value), Path(shown.Properties["Message"]?.Value) };
        if (shown.Properties["Kind"]?.Value is "PhaseEnd" or "Retry" or "End" && shown.Properties["Duration"]?.Value is TimeSpan duration) parts.Add(Duration(duration));
        return string.Join(": ", parts.Where(part => part.Length > 0));
    }
}
