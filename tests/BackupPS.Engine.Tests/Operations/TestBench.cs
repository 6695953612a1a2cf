using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A folder with a source, a repository, a home and an engine over them; removed at the end.</summary>
internal sealed class TestBench : IAsyncDisposable
{
    private readonly bool ownsFolder;
    private readonly List<BackupEngine> others = [];
    private readonly Lock gate = new();
    private readonly List<BackupFault> faults = [];
    private readonly List<string> warnings = [];
    private readonly List<BackupRetry> retries = [];

    /// <param name="onDisk">In the temporary folder of the system, in place of memory.</param>
    /// <param name="folder">A folder that another bench, or another process, has made.</param>
    /// <param name="openFolder">Opens stores; default: the folder's.</param>
    /// <param name="clock">The clock; default: <see cref="OffsetClock.Settled"/>.</param>
    /// <param name="workers">Threads of the engine.</param>
    public TestBench(bool onDisk = false, string? folder = null, Func<string, IObjectStore>? openFolder = null, TimeProvider? clock = null, int workers = 2)
    {
        ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateDirectory(Path.Join(onDisk || !Directory.Exists("/dev/shm") ? Path.GetTempPath() : "/dev/shm", $"backupps-test-{Guid.NewGuid():n}")).FullName;
        Clock = clock ?? OffsetClock.Settled;
        Workers = workers;
        if (ownsFolder)
        {
            // Unprivileged children of the tests must come through, whatever the umask.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Folder, (UnixFileMode)0b111_101_101);
            Directory.CreateDirectory(Source);
            WriteKeyFile(this["key"]);
        }

        Secret = RepositorySecret.FromKeyFile(this["key"]);
        Engine = CreateEngine("home", openFolder);
    }

    public string Folder { get; }

    public string Source => this["source"];

    public string Vault => this["vault"];

    public TimeProvider Clock { get; }

    public int Workers { get; }

    public FileSystemHooks Hooks { get; } = new();

    public RepositorySecret Secret { get; }

    public BackupEngine Engine { get; }

    public IReadOnlyList<BackupFault> Faults
    {
        get
        {
            lock (gate) return [.. faults];
        }
    }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (gate) return [.. warnings];
        }
    }

    public IReadOnlyList<BackupRetry> Retries
    {
        get
        {
            lock (gate) return [.. retries];
        }
    }

    public RunCallbacks Callbacks => new()
    {
        OnRetry = retry => Add(retries, retry),
        OnFault = fault => Add(faults, fault),
        OnWarning = warning => Add(warnings, warning),
    };

    public string this[string relative] => Path.Join(Folder, relative);

    /// <summary>A bench with an empty repository, named <c>vault</c>.</summary>
    public static async Task<TestBench> CreateAsync(bool onDisk = false, TimeProvider? clock = null, int workers = 2, string compression = "Brotli", Func<string, IObjectStore>? openFolder = null)
    {
        var bench = new TestBench(onDisk, openFolder: openFolder, clock: clock, workers: workers);
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "vault", Path = bench.Vault, Secret = bench.Secret, Compression = compression }, default);
        return bench;
    }

    /// <summary>Another engine, as in another process; with another home, as on another host, which may have a name.</summary>
    public BackupEngine CreateEngine(string home, Func<string, IObjectStore>? openFolder = null, Func<string, IObjectStore>? createFolder = null, int packLength = PackAssembler.PackLength, string? hostName = null)
    {
        var options = new EngineOptions { HomeFolder = this[home], TimeProvider = Clock, Workers = Workers, UnattendedSecret = () => Secret };
        if (hostName is not null) options = options with { Machine = () => new MachineFacts(hostName, "", "") };
        var engine = new BackupEngine(options, new HookedFileSystem(Hooks), openFolder ?? FolderObjectStore.Open, createFolder ?? FolderObjectStore.Create, packLength);
        others.Add(engine);
        return engine;
    }

    /// <summary>Writes a file below the source, with the folders that it needs.</summary>
    public string Write(string name, string content)
    {
        string path = Path.Join(Source, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>The text of a file.</summary>
    public static string Read(string path) => File.ReadAllText(path);

    public Task<BackupPolicy> AddPolicyAsync(string name = "p", BackupEngine? engine = null, string fullEvery = "", string verify = "None", int keepLast = 0) =>
        (engine ?? Engine).CreatePolicyAsync(new BackupPolicy { PolicyName = name, Source = [Source], Repository = engine is null ? "vault" : Vault, RepositoryId = "", FullEvery = fullEvery, Verify = verify, KeepLast = keepLast }, default);

    /// <summary>Backs the source up without a policy.</summary>
    public Task<BackupResult> BackupAsync(string type = "Auto", FilterRules? filter = null, BackupEngine? engine = null, CancellationToken cancellationToken = default) =>
        (engine ?? Engine).BackupAsync(new BackupRequest { Source = [Source], Repository = Vault, Type = type, Filter = filter ?? FilterRules.None }, Callbacks, cancellationToken);

    /// <summary>Runs a policy.</summary>
    public Task<BackupResult> RunPolicyAsync(string type = "Auto", string name = "p", BackupEngine? engine = null, bool wait = false) =>
        (engine ?? Engine).BackupAsync(new BackupRequest { PolicyName = name, Type = type, Wait = wait }, Callbacks, default);

    public Task<RestoreResult> RestoreAsync(string snapshotId, string destination, Func<RestoreRequest, RestoreRequest>? change = null, CancellationToken cancellationToken = default)
    {
        var request = new RestoreRequest { Repository = Vault, SnapshotId = snapshotId, Destination = this[destination] };
        return Engine.RestoreAsync(change?.Invoke(request) ?? request, Callbacks, cancellationToken);
    }

    public Task<RestorePlan> PlanRestoreAsync(string snapshotId, string destination, Func<RestoreRequest, RestoreRequest> change) =>
        Engine.PlanRestoreAsync(change(new RestoreRequest { Repository = Vault, SnapshotId = snapshotId, Destination = this[destination] }), Callbacks, default);

    public Task<IntegrityReport> VerifyAsync(string level = "Data", string? snapshotId = null) =>
        Engine.VerifyAsync(new VerifyRequest { Repository = Vault, Level = level, SnapshotId = snapshotId, WorkPath = Folder }, Callbacks, default);

    public async Task<IReadOnlyList<BackupSnapshot>> ListSnapshotsAsync(BackupEngine? engine = null)
    {
        var found = new List<BackupSnapshot>();
        await foreach (BackupSnapshot snapshot in (engine ?? Engine).GetSnapshotsAsync(new SnapshotQuery { Repository = Vault }, Callbacks, default)) found.Add(snapshot);
        return found;
    }

    /// <summary>Where a path of the source is below a destination that it was restored to.</summary>
    public string Restored(string destination, string name = "") => Path.Join(this[destination], Source, name);

    public void ForgetFaults()
    {
        lock (gate)
        {
            faults.Clear();
            warnings.Clear();
            retries.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (BackupEngine engine in others) await engine.DisposeAsync();
        if (!ownsFolder) return;

        // .NET cannot delete every name and depth, nor what its owner may not list.
        if (OperatingSystem.IsWindows()) Directory.Delete(Folder, recursive: true);
        else await Shell.RunAsync($"rm -rf '{Folder}' 2> /dev/null || {{ chmod -R u+rwx '{Folder}'; rm -rf '{Folder}'; }}", "/");
    }

    private static void WriteKeyFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        file.Write([.. Enumerable.Range(0, RepositorySecret.KeyFileLength).Select(static i => (byte)(i * 7))]);
    }

    private void Add<T>(List<T> list, T item)
    {
        lock (gate) list.Add(item);
    }
}
