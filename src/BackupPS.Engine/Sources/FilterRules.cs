namespace BackupPS.Engine;

/// <summary>Which items of the sources are saved.</summary>
public sealed record FilterRules
{
    /// <summary>Saves everything.</summary>
    public static readonly FilterRules None = new();

    /// <summary>Glob patterns; where there is one, only files that match one of them are saved. Folders are walked all the same.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Glob patterns of files and folders that are left out; an excluded folder is not entered.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Files larger than this many bytes are left out; 0: no limit.</summary>
    public long ExcludeLargerThan { get; init; }

    /// <summary>Folders with a valid CACHEDIR.TAG (bford.info/cachedir) are left out, but for the tag itself.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>Folders on other file systems than their source are kept as empty mount points.</summary>
    public bool OneFileSystem { get; init; }
}
