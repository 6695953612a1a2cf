using BackupPS.Benchmarks.DataSets;
using BackupPS.Engine;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>The index of a million blobs, as of some 16 GB of small files, from its objects in a folder.</summary>
public class IndexKernels
{
    private const int BlobCount = 1_000_000;

    private readonly string folder = Path.Combine(Path.GetTempPath(), "backupps-kernels-" + Guid.NewGuid().ToString("n"));
    private readonly BlobId[] absent = new BlobId[BlobCount];
    private BlobId[] present = [];
    private FolderObjectStore? store;
    private Repository? repository;
    private BlobIndex? index;

    // BenchmarkDotNet 0.14 does not await what it runs in its own process.

    /// <summary>Makes the objects.</summary>
    [GlobalSetup]
    public void Make() => MakeAsync().GetAwaiter().GetResult();

    /// <summary>Frees what is outside of the heap.</summary>
    [GlobalCleanup]
    public void Free() => FreeAsync().GetAwaiter().GetResult();

    /// <summary>Index objects opened, and the table made from them.</summary>
    [Benchmark]
    [Kernel("index build, a million blobs", "blob", BlobCount)]
    public int Build() => LoadAsync().GetAwaiter().GetResult().Count;

    /// <summary>Blobs that are there, in no order.</summary>
    [Benchmark]
    [Kernel("index lookup, there", "blob", BlobCount)]
    public int FindPresent()
    {
        int found = 0;
        for (int i = 0; i < BlobCount; i++) found += index!.TryFind(present[i], 0, out _) ? 1 : 0;
        return found;
    }

    /// <summary>Blobs that are not.</summary>
    [Benchmark]
    [Kernel("index lookup, not there", "blob", BlobCount)]
    public int FindAbsent()
    {
        int found = 0;
        foreach (BlobId id in absent) found += index!.Contains(id) ? 1 : 0;
        return found;
    }

    private async Task MakeAsync()
    {
        RepositorySecret secret = RepositorySecret.FromPassphrase("a passphrase for the benchmark alone");
        await using (var engine = new BackupEngine(new EngineOptions { HomeFolder = Path.Combine(folder, "home") }))
        {
            await engine.CreateRepositoryAsync(new CreateRepositoryRequest { Path = Path.Combine(folder, "vault"), Secret = secret }, CancellationToken.None);
        }

        present = [.. await SyntheticIndex.AddAsync(Path.Combine(folder, "vault"), secret, BlobCount, 40)];
        var random = new SeededRandom(41);
        byte[] id = new byte[BlobId.Length];
        for (int i = 0; i < BlobCount; i++)
        {
            // In no order that the table has.
            int other = random.Below(present.Length);
            (present[i], present[other]) = (present[other], present[i]);
            random.Fill(id);
            absent[i] = new BlobId(id);
        }

        store = FolderObjectStore.Open(Path.Combine(folder, "vault"));
        repository = await Repository.OpenAsync(store, secret, CancellationToken.None);
        index = await LoadAsync();
    }

    private async Task FreeAsync()
    {
        if (store is not null) await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private Task<BlobIndex> LoadAsync() => IndexLoader.LoadAsync(repository!, new HashSet<string>(), null, CancellationToken.None);
}
