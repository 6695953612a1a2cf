using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// What lives as long as the module in this process: one engine per home folder, with the repositories that it has unlocked.
/// </summary>
/// <remarks>
/// PowerShell makes cmdlets without a constructor argument, and a repository that one runspace unlocked is unlocked for the process:
/// so this is the one object that is reached through a static.
/// </remarks>
internal sealed class ModuleSession
{
    /// <summary>Disposing an engine forgets keys and closes the catalog; a catalog that another process holds must not hang Remove-Module.</summary>
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, BackupEngine> engines = new(StringComparer.Ordinal);
    private DriveMemory? drive;
    private int users;

    private ModuleSession()
    {
    }

    /// <summary>The session of this process.</summary>
    internal static ModuleSession Current { get; } = new();

    /// <summary>What the drive remembers. Made when the drive is first used.</summary>
    internal DriveMemory Drive => LazyInitializer.EnsureInitialized(ref drive, static () => new DriveMemory());

    /// <summary>A call to the engine has ended, and may have made a snapshot or removed one: the drive looks again.</summary>
    internal void EndCall() => drive?.Forget();

    /// <summary>Another runspace has imported the module.</summary>
    internal void AddUser()
    {
        lock (gate) users++;
    }

    /// <summary>A runspace has removed the module; after the last one, the engines end and their unlocked keys are forgotten.</summary>
    internal void RemoveUser()
    {
        lock (gate)
        {
            if (--users > 0) return;
            users = 0;
            DisposeEngines();
        }
    }

    /// <summary>The engine of the home folder that <c>BACKUPPS_HOME</c> names now.</summary>
    internal BackupEngine GetEngine()
    {
        string home = EngineOptions.DefaultHomeFolder();
        lock (gate)
        {
            if (!engines.TryGetValue(home, out BackupEngine? engine))
            {
                engine = new BackupEngine(new EngineOptions { HomeFolder = home, UnattendedSecret = ReadUnattendedSecret });
                engines.Add(home, engine);
            }

            return engine;
        }
    }

    /// <summary>The passphrase in the file that <c>BACKUPPS_PASSWORD_FILE</c> names, read now; <see langword="null"/> when it names none.</summary>
    internal static RepositorySecret? ReadUnattendedSecret()
    {
        string? path = Environment.GetEnvironmentVariable("BACKUPPS_PASSWORD_FILE");
        return string.IsNullOrEmpty(path) ? null : RepositorySecret.FromPasswordFile(path);
    }

    private void DisposeEngines()
    {
        Task[] ends = [.. engines.Values.Select(static engine => engine.DisposeAsync().AsTask())];
        engines.Clear();
        drive?.Forget();
        try
        {
            Task.WaitAll(ends, DisposeLimit);
        }
        catch (AggregateException)
        {
            // The module goes all the same: the next engine opens the catalog anew.
        }
    }
}
