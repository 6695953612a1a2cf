using System.Collections;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>A process to start.</summary>
/// <param name="Program">Name, found along PATH, or path.</param>
/// <param name="Arguments">Without the program.</param>
internal sealed record Launch(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>Variables beside those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary><see langword="null"/>: that of this process.</summary>
    public string? WorkingFolder { get; init; }

    /// <summary>File for standard output; <see langword="null"/>: nowhere.</summary>
    public string? Output { get; init; }

    /// <summary>File for standard error; <see langword="null"/>: where standard output goes.</summary>
    public string? Errors { get; init; }

    /// <summary>The variables of the new process, as <c>name=value</c>.</summary>
    public IReadOnlyList<string> WholeEnvironment()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables()) all[(string)entry.Key] = (string?)entry.Value ?? "";
        foreach ((string name, string value) in Environment) all[name] = value;
        return [.. all.Select(static pair => $"{pair.Key}={pair.Value}")];
    }
}
