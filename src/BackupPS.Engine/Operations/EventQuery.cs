namespace BackupPS.Engine;

/// <summary>Which events to list.</summary>
public sealed record EventQuery
{
    /// <summary>Only those of runs whose id begins so; <see langword="null"/>: of all runs.</summary>
    public string? RunId { get; init; }

    /// <summary>Only these kinds, compared without case; empty: all.</summary>
    public IReadOnlyList<string> Kind { get; init; } = [];

    /// <summary>Only those with one of these errors, compared without case; empty: all, also those that are no errors.</summary>
    public IReadOnlyList<string> ErrorId { get; init; } = [];

    /// <summary>Not older than this (UTC).</summary>
    public DateTime? Since { get; init; }

    /// <summary>Whether an event is asked for, whatever its run.</summary>
    public bool Matches(BackupEvent item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return (Kind.Count == 0 || Kind.Contains(item.Kind, StringComparer.OrdinalIgnoreCase))
            && (ErrorId.Count == 0 || ErrorId.Contains(item.ErrorId, StringComparer.OrdinalIgnoreCase))
            && (Since is null || item.Time.UtcDateTime >= Since);
    }
}
