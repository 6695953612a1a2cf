using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;
using Xunit.Abstractions;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>A backup of many packs that is ended at every call to the store: the next run stores only what is not stored and indexed already.</summary>
public sealed class InterruptedBackupTests(ITestOutputHelper output)
{
    // Two files fill a pack: 26 of them, and an index object after each eight, are some three megabytes.
    private const int ChunkLength = 64 * 1024, PackLength = 128 * 1024, Files = 52, Packs = 26;
    private const ulong Seed = 20261120;

    // Headers, footers and index entries of packs that are cut otherwise the second time.
    private const long Tolerance = 16 * 1024;

    [Theory]
    [InlineData(StoreFault.Kill)]
    [InlineData(StoreFault.KillAfter)]
    [InlineData(StoreFault.Refusal)]
    internal async Task The_next_run_stores_what_is_left_and_no_more(StoreFault fault)
    {
        await using var bench = new TestBench(clock: new HurriedClock(100));
        await bench.Engine.CreateRepositoryAsync(new CreateRepositoryRequest { Name = "vault", Path = bench.Vault, Secret = bench.Secret, Compression = "None", Chunking = "Fixed", ChunkSize = ChunkLength }, default);
        bench.Write("old", "in the older snapshot");
        BackupResult older = await bench.BackupAsync();
        for (int i = 0; i < Files; i++) await File.WriteAllBytesAsync(Path.Join(bench.Source, $"f{i:d2}"), SplitMix.Bytes(Seed + (ulong)(i * ChunkLength), ChunkLength));
        StoreImage image = await StoreImage.ReadAsync(bench.Vault);

        MemoryObjectStore whole = image.ToStore();
        long total = (await bench.BackupAsync(engine: Engine(bench, whole, 0))).BytesStored;
        (Dictionary<string, long> packs, HashSet<string> listed) = await ReadAsync(bench, whole, image);
        Assert.InRange(packs.Count, Packs, Packs + 3);
        Assert.Equal(packs.Count, listed.Count);
        Assert.Equal(4, (await StoreImage.ReadAsync(whole)).Names(RepositoryLayout.Indexes).Length - image.Names(RepositoryLayout.Indexes).Length);

        int points = 0;
        long reused = 0;
        while (true)
        {
            MemoryObjectStore store = image.ToStore();
            var faulty = FaultyObjectStore.With(store, fault, ++points);
            BackupException? error = null;
            try
            {
                await bench.BackupAsync(engine: Engine(bench, faulty, points));
            }
            catch (BackupException e)
            {
                error = e;
            }

            if (faulty.CallCount < points) break;
            string what = $"{fault} at call {points}: {faulty.Calls.First(c => c.Number == points)}";
            (packs, listed) = await ReadAsync(bench, store, image);
            long indexed = listed.Sum(name => packs[name]);

            // Eight that wait for their index object, and the last two side by side. Where the process lives on, it lists what it has stored.
            int lost = packs.Count - listed.Count;
            Assert.True(lost <= (fault.Kills() ? 9 : 0), $"{lost} packs are stored and not in the index: {what}");

            BackupEngine next = Engine(bench, store, points);
            BackupResult second = await bench.BackupAsync("Full", engine: next);
            Assert.True(second.Status == "Complete" && second.BytesStored <= total - indexed + Tolerance, $"{second.BytesStored} bytes were stored, of {total}, of which {indexed} were there: {what}");
            if (error is null) Assert.True(second.BytesStored < Tolerance, what);
            reused += indexed;
            Assert.Equal("Passed", (await next.VerifyAsync(new VerifyRequest { Repository = bench.Vault, Level = "Data" }, RunCallbacks.None, default)).Status);
            Assert.Contains(await bench.ListSnapshotsAsync(next), s => s.SnapshotId == older.SnapshotId);
        }

        Assert.InRange(points, Packs + 10, 500);
        Assert.InRange(reused, total * 5, long.MaxValue);
        output.WriteLine($"{fault}: {points - 1} crash points, {total} bytes, {reused / (points - 1)} of them reused on average");
    }

    // With a home of its own for each round: one that has seen the snapshots of another round misses them, rightly.
    private static BackupEngine Engine(TestBench bench, IObjectStore store, int round) => bench.CreateEngine($"home{round}", _ => store, packLength: PackLength);

    // The packs that were added, with their lengths, and those among them that are in the index.
    private static async Task<(Dictionary<string, long> Packs, HashSet<string> Listed)> ReadAsync(TestBench bench, MemoryObjectStore store, StoreImage before)
    {
        var packs = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (StoredObject item in store.ListAsync(RepositoryLayout.Packs, default))
        {
            if (!before.Objects.ContainsKey(item.Name)) packs.Add(RepositoryLayout.LastSegment(item.Name), item.Length);
        }

        BlobIndex index = await IndexLoader.LoadAsync(await Repository.OpenAsync(store, bench.Secret, default), new HashSet<string>(), onDamage: null, default);
        return (packs, [.. index.Packs.Select(static p => p.Name).Where(packs.ContainsKey)]);
    }
}
