using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Operations;

namespace BackupPS.Engine.Tests.Index;

/// <summary>
/// A repository of as many blobs as one likes, without their content, and a process that loads its index:
/// <c>dotnet BackupPS.Engine.Tests.dll index-scale FOLDER make BLOBS</c>, then <c>... FOLDER load BLOBS</c> as often as one likes.
/// </summary>
internal static class IndexScale
{
    public const string Task = "index-scale";

    // As backups fill them: packs of 32 MiB, segments of 1 MiB, 32 blobs each, 8 packs an index object.
    private const int BlobsPerSegment = 32, SegmentsPerPack = 32, PacksPerObject = 8, PackLength = 32 << 20;

    public static async Task<int> RunAsync(string[] arguments)
    {
        string folder = arguments[0];
        int blobs = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        var config = new RepositoryConfig { Id = new string('a', 32), Created = DateTime.UnixEpoch, Compression = "brotli", Chunking = ChunkingConfig.Create(ChunkingConfig.FastCdc, ChunkingConfig.SmallestAverage) };
        string vault = Path.Join(folder, "vault");
        await using FolderObjectStore store = arguments[1] == "make" ? FolderObjectStore.Create(vault) : FolderObjectStore.Open(vault);
        Repository repository = Repository.Unlock(store, config, SHA256.HashData(config.Serialize()), IndexWorld.Keys).With(new IndexCache(Path.Join(folder, "cache"), keeps: true));
        if (arguments[1] == "make") Make(repository, vault, blobs);
        else await LoadAsync(repository, blobs);
        return 0;
    }

    private static BlobId Id(long number) => new(SplitMix.Bytes((ulong)number << 8, BlobId.Length));

    private static void Make(Repository repository, string vault, int blobs)
    {
        int number = 0, objects = 0;
        while (number < blobs)
        {
            var packs = new List<PackDescription>();
            for (int p = 0; p < PacksPerObject && number < blobs; p++)
            {
                var segments = new List<SegmentContents>();
                for (int s = 0; s < SegmentsPerPack && number < blobs; s++)
                {
                    var entries = new BlobEntry[Math.Min(BlobsPerSegment, blobs - number)];
                    for (int b = 0; b < entries.Length; b++) entries[b] = new BlobEntry(Id(number++), 20_000 + b);
                    segments.Add(new SegmentContents(800_000, entries.Sum(static e => e.Length), CodecId.Zstd, entries));
                }

                byte[] name = SHA256.HashData(BitConverter.GetBytes(number));
                packs.Add(new PackDescription(name, SHA256.HashData(name), BlobKind.Data, PackLength, segments));
                using FileStream pack = File.Create(Path.Join(vault, RepositoryLayout.Pack(packs[^1].NameText)));
                pack.SetLength(PackLength);
            }

            string item = RepositoryLayout.Index(Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(objects++)).AsSpan(0, 16)));
            File.WriteAllBytes(Path.Join(vault, item), IndexLoader.Seal(repository.Keys, item, packs));
        }
    }

    private static async Task LoadAsync(Repository repository, int blobs)
    {
        using var memory = new PeakMemory();
        long before = memory.Peak;
        Stopwatch watch = Stopwatch.StartNew();
        BlobIndex index = await IndexLoader.LoadForReadingAsync(repository, scanPacks: false, onDamage: null, CancellationToken.None);
        double reading = watch.Elapsed.TotalMilliseconds;
        long building = memory.Peak;
        watch.Restart();
        BlobIndex writing = await IndexLoader.LoadForWritingAsync(repository, new HashSet<string>(), Assert.Fail, CancellationToken.None);
        double forWriting = watch.Elapsed.TotalMilliseconds;

        // Every blob once, in an order that has nothing to do with the table's, and as many that are not there. The first time each block is checked.
        const int Lookups = 1_000_000;
        int stride = Math.Max(1, blobs / Lookups);
        int found = 0;
        long positions = 0;
        watch.Restart();
        for (int i = 0; i < blobs; i += stride)
        {
            if (index.TryFind(Id(i), 0, out BlobLocation at)) found++;
            positions += at.Segment;
        }

        double first = watch.Elapsed.TotalNanoseconds / found;
        BlobId[] present = [.. Enumerable.Range(0, Math.Min(blobs, Lookups)).Select(i => Id((long)i * stride % blobs))];
        BlobId[] absent = [.. Enumerable.Range(0, Lookups).Select(i => Id(blobs + (long)i))];
        watch.Restart();
        foreach (BlobId id in present) found -= writing.Contains(id) ? 0 : 1;
        double hit = watch.Elapsed.TotalNanoseconds / present.Length;
        watch.Restart();
        int wrong = 0;
        foreach (BlobId id in absent) wrong += index.Contains(id) ? 1 : 0;
        double miss = watch.Elapsed.TotalNanoseconds / absent.Length;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"blobs={index.Count} packs={index.Packs.Count} found={found} wrong={wrong} loadMs={reading:f1} loadForWritingMs={forWriting:f1} firstNs={first:f0} hitNs={hit:f0} missNs={miss:f0} baseMB={before >> 20} loadPeakMB={building >> 20} peakMB={memory.Peak >> 20} heapMB={GC.GetGCMemoryInfo(GCKind.FullBlocking).HeapSizeBytes >> 20} gen2={GC.CollectionCount(2)} check={positions & 1}"));
    }
}
