using BackupPS.Engine.Crypto;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>A tiny repository with an object of every kind, and what must hold of it under any damage.</summary>
internal sealed class DamagedRepository : IAsyncDisposable
{
    private readonly TestBench bench;
    private int restores;

    private DamagedRepository(TestBench bench, StoreImage image, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> snapshots)
    {
        this.bench = bench;
        Image = image;
        Snapshots = snapshots;
    }

    public StoreImage Image { get; }

    /// <summary>The folder that was saved.</summary>
    public string Source => bench.Source;

    /// <summary>What requests name as repository.</summary>
    public string Vault => bench.Vault;

    /// <summary>The files of each snapshot.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Snapshots { get; }

    public static async Task<DamagedRepository> CreateAsync(string compression)
    {
        // An hour ahead of the files: none of them is racy, however slow the machine, so that each run makes the same trees.
        TestBench bench = await TestBench.CreateAsync(compression: compression, clock: new OffsetClock(TimeSpan.FromHours(1)));
        var snapshots = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        await bench.AddPolicyAsync();
        bench.Write("same", "the same in each");
        bench.Write("folder/changes", "first");
        await SnapAsync();
        BackupResult removed = await bench.RunPolicyAsync("Full");
        bench.Write("folder/changes", "second");
        bench.Write("new", "new new new new");
        string second = await SnapAsync();
        await bench.Engine.UpdateSnapshotAsync("vault", second, ["tagged"], hold: true, null, default);
        await bench.Engine.RemoveSnapshotAsync("vault", removed.SnapshotId, null, default);

        // A session that was killed, and packs that are being retired.
        await using (FolderObjectStore store = FolderObjectStore.Open(bench.Vault))
        {
            Repository repository = await Repository.OpenAsync(store, bench.Secret, default);
            var record = new SessionRecord { HostName = "h", HostId = "i", UserName = "u", ProcessId = 1, PolicyName = "p", Started = DateTime.UnixEpoch };
            await (await WriterSession.BeginAsync(repository, record, IdSource.Random, TimeProvider.System, default)).DisposeAsync();
            string retired = RepositoryLayout.Retired + IdSource.Random.Next() + RepositoryLayout.SweptSuffix;
            byte[] sealedRecord = repository.SealRecord(SealedType.Swept, retired, new RetiredRecord { Packs = [] }, RepositoryJson.Default.RetiredRecord);
            await store.PutNewAsync(retired, new System.Buffers.ReadOnlySequence<byte>(sealedRecord), default);
            string announced = RepositoryLayout.Retirement(IdSource.Random.Next());
            sealedRecord = repository.SealRecord(SealedType.Retired, announced, new RetiredRecord { Packs = [] }, RepositoryJson.Default.RetiredRecord);
            await store.PutNewAsync(announced, new System.Buffers.ReadOnlySequence<byte>(sealedRecord), default);
        }

        return new DamagedRepository(bench, await StoreImage.ReadAsync(bench.Vault), snapshots);

        async Task<string> SnapAsync()
        {
            BackupResult result = await bench.RunPolicyAsync();
            snapshots.Add(result.SnapshotId, Directory.EnumerateFiles(bench.Source, "*", SearchOption.AllDirectories).ToDictionary(f => f, TestBench.Read, StringComparer.Ordinal));
            return result.SnapshotId;
        }
    }

    /// <summary>Verifies to the last byte; the error where the repository cannot even be opened.</summary>
    public async Task<(IntegrityReport? Report, BackupException? Error)> VerifyAsync(IObjectStore store, string level = "Data")
    {
        await using BackupEngine engine = Engine(store);
        try
        {
            return (await engine.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = level, WorkPath = bench.Folder }, RunCallbacks.None, default), null);
        }
        catch (BackupException e)
        {
            Assert.NotEqual("InternalError", e.Error.Id);
            return (null, e);
        }
    }

    /// <summary>Restores a snapshot, and asserts that no file has wrong bytes, and that each that is missing has its fault.</summary>
    /// <returns>Whether everything came back.</returns>
    public async Task<bool> RestoreAsync(IObjectStore store, string snapshotId, bool verify = false)
    {
        string destination = bench[$"out{Interlocked.Increment(ref restores)}"];
        var faults = new List<BackupFault>();
        var callbacks = new RunCallbacks
        {
            OnFault = f =>
            {
                lock (faults) faults.Add(f);
            },
        };
        await using BackupEngine engine = Engine(store);
        try
        {
            RestoreResult result = await engine.RestoreAsync(new RestoreRequest { Repository = bench.Vault, SnapshotId = snapshotId, Destination = destination, Verify = verify }, callbacks, default);
            Assert.Equal(faults.Count == 0 ? "Complete" : "Incomplete", result.Status);
        }
        catch (BackupException e)
        {
            Assert.NotEqual("InternalError", e.Error.Id);
            return false;
        }
        finally
        {
            AssertNothingWrong(destination, Snapshots[snapshotId], faults);
        }

        return faults.Count == 0;
    }

    /// <summary>A store of it, unlocked.</summary>
    public Task<Repository> OpenAsync(IObjectStore store) => Repository.OpenAsync(store, bench.Secret, default);

    /// <summary>A path for a test's own files.</summary>
    public string this[string relative] => bench[relative];

    /// <summary>An engine over a store, with no catalog: its file would be most of the work.</summary>
    public BackupEngine Engine(IObjectStore store) => Engine(() => store);

    /// <summary>The same over a store that is opened for each call.</summary>
    public BackupEngine Engine(Func<IObjectStore> open) => bench.CreateEngine("key/none", _ => open());

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private static void AssertNothingWrong(string destination, IReadOnlyDictionary<string, string> files, List<BackupFault> faults)
    {
        var restored = new HashSet<string>(StringComparer.Ordinal);
        if (Directory.Exists(destination))
        {
            foreach (string path in Directory.EnumerateFiles(destination, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
            {
                string source = path[destination.Length..];
                Assert.True(files.ContainsKey(source), $"'{source}' was restored and is not in the snapshot.");
                Assert.Equal(files[source], TestBench.Read(path));
                restored.Add(source);
            }

            Directory.Delete(destination, recursive: true);
        }

        if (restored.Count < files.Count && restored.Count > 0) Assert.NotEmpty(faults);
    }
}
