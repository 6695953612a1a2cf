namespace BackupPS.Engine;

/// <summary>What an engine is built from.</summary>
public sealed record EngineOptions
{
    /// <summary>Folder of the catalog, locks, the host's id, notes of restores in place that are under way, and <c>cache</c>, which may be deleted at any time. Default: <see cref="DefaultHomeFolder"/>.</summary>
    public string HomeFolder { get; init; } = DefaultHomeFolder();

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Threads that read, hash, compress and seal; default: one per processor.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Where a secret comes from when a call brings none and the repository is locked; it may answer <see langword="null"/>.</summary>
    public Func<RepositorySecret?> UnattendedSecret { get; init; } = static () => null;

    /// <summary>Asks what tells this machine from others; default: the system's answer.</summary>
    internal Func<MachineFacts> Machine { get; init; } = MachineFacts.Read;

    /// <summary>The folder that <c>BACKUPPS_HOME</c> names, else <c>BackupPS</c> in the user's local application data.</summary>
    public static string DefaultHomeFolder()
    {
        string? named = Environment.GetEnvironmentVariable("BACKUPPS_HOME");
        return string.IsNullOrEmpty(named)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "BackupPS")
            : Path.GetFullPath(named);
    }
}
