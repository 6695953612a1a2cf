using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>Writing: nothing twice, nothing lost, and in the order that makes a crash harmless.</summary>
public sealed class RepositoryWriterTests
{
    private readonly TestRepository test = new();

    [Fact]
    public async Task Many_threads_store_each_blob_once_and_all_of_them_come_back()
    {
        byte[][] contents = [.. Enumerable.Range(0, 2000).Select(static i => SplitMix.Bytes((ulong)i, 1 + (i * 13 % 3000)))];
        long stored;
        await using (RepositoryWriter writer = await test.BeginAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
            {
                using SegmentWriter segments = writer.CreateDataWriter();
                byte[][] order = [.. contents];
                new Random(worker).Shuffle(order);
                foreach (byte[] content in order)
                {
                    TestRepository.SaveData(writer, test.Keys, segments, content);
                    writer.Save(BlobKind.Tree, content);
                }

                segments.Flush();
            })));
            await writer.FlushAsync();
            Assert.Equal(2 * contents.Sum(static c => (long)c.Length), writer.BytesAdded);
            stored = writer.BytesStored;
            await writer.Session.EndAsync(CancellationToken.None);
        }

        BlobIndex index = await test.LoadIndexAsync();
        Assert.Equal(2 * contents.Length, index.Count);
        long total = 0;
        await foreach (StoredObject item in test.Store.ListAsync("", CancellationToken.None)) total += item.Length;
        Assert.Equal(total, stored);
        using var blobs = new BlobReader(test.Repository, index);
        foreach (byte[] content in contents)
        {
            foreach (BlobKind kind in new[] { BlobKind.Data, BlobKind.Tree })
            {
                BlobId id = test.Keys.ComputeId(kind, content);
                Assert.Equal(content, (await blobs.ReadAsync(kind, id, CancellationToken.None)).ToArray());
                Assert.True(index.TryFind(id, 0, out BlobLocation at));
                Assert.Equal(kind, index.Packs[at.Pack].Kind);
            }
        }

        // A second run stores nothing.
        await using RepositoryWriter again = await test.BeginAsync();
        Assert.All(contents, c => Assert.False(again.TryClaim(test.Keys.ComputeId(BlobKind.Data, c), c.Length)));
        await again.FlushAsync();
        Assert.Equal(0, again.BytesStored);
    }

    [Fact]
    public async Task The_session_stands_before_the_retired_packs_are_listed_these_before_the_index_and_that_before_the_packs()
    {
        var log = new FaultyObjectStore(test.Store);
        await using RepositoryWriter writer = await test.BeginAsync(log);
        Assert.Equal([RepositoryLayout.Session(writer.Session.Id), RepositoryLayout.Retired, RepositoryLayout.Retired, RepositoryLayout.Indexes, RepositoryLayout.Packs], log.Calls.Where(static c => c.Changes || c.Operation == StoreOperation.List).Select(static c => c.Name));
    }

    [Fact]
    public async Task Packs_come_before_the_index_that_names_them()
    {
        var log = new FaultyObjectStore(test.Store);
        await using RepositoryWriter writer = await test.BeginAsync(log);
        await SaveAsync(writer, 1);
        await writer.Session.CommitAsync(test.Record(writer.Session.Id), CancellationToken.None);
        string[] puts = [.. log.Calls.Where(static c => c.Operation == StoreOperation.PutNew).Select(static c => c.Name[..(c.Name.IndexOf('/', StringComparison.Ordinal) + 1)])];
        Assert.Equal([RepositoryLayout.Sessions, RepositoryLayout.Packs, RepositoryLayout.Indexes, RepositoryLayout.Snapshots], puts);
    }

    [Fact]
    public async Task Copies_in_retired_packs_count_as_absent()
    {
        await using (RepositoryWriter writer = await test.BeginAsync()) await SaveAsync(writer, 1);
        string pack = Assert.Single((await test.LoadIndexAsync()).Packs).Name;
        string name = RepositoryLayout.Retired + IdSource.Random.Next();
        await test.PutAsync(name, test.Repository.SealRecord(SealedType.Retired, name, new RetiredRecord { Packs = [pack] }, RepositoryJson.Default.RetiredRecord));
        await using RepositoryWriter second = await test.BeginAsync();
        Assert.False(second.Has(test.Keys.ComputeId(BlobKind.Data, Content(1))));
        await SaveAsync(second, 1);
        Assert.Equal(2, (await test.LoadIndexAsync()).Count);
    }

    [Theory]
    [InlineData("packs/")]
    [InlineData("index/")]
    public async Task A_failed_upload_stops_the_run_and_leaves_nothing_visible(string prefix)
    {
        var store = new FaultyObjectStore(test.Store, call => call.Operation == StoreOperation.PutNew && call.Name.StartsWith(prefix, StringComparison.Ordinal) ? FaultAction.FailBefore(StoreFailure.Full) : FaultAction.None);
        await using RepositoryWriter writer = await test.BeginAsync(store);
        var e = await Assert.ThrowsAnyAsync<Exception>(() => SaveAsync(writer, 1));

        // Who waits sees the stop; the cause is there for whoever asks.
        if (e is OperationCanceledException) e = Assert.ThrowsAny<Exception>(writer.ThrowIfFailed);
        Assert.Equal(StoreFailure.Full, Assert.IsType<StoreException>(e).Failure);
        await writer.AbandonAsync();
        Assert.Empty((await test.LoadIndexAsync()).Packs);
        Assert.Empty(await test.Snapshots.ListAsync(onDamage: null, CancellationToken.None));
    }

    [Fact]
    public async Task After_a_failed_upload_nothing_more_is_taken()
    {
        var store = new FaultyObjectStore(test.Store, static call => call.Operation == StoreOperation.PutNew && call.Name.StartsWith("packs/", StringComparison.Ordinal) ? FaultAction.FailBefore(StoreFailure.Full) : FaultAction.None);
        await using RepositoryWriter writer = await test.BeginAsync(store);
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            using SegmentWriter segments = writer.CreateDataWriter();
            for (int i = 0; i < 200; i++) TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)i, 1 << 20));
        });
        Assert.True(writer.Stopped.IsCancellationRequested);
    }

    [Fact]
    public async Task What_an_interrupted_run_had_stored_is_reused()
    {
        await using (RepositoryWriter writer = await test.BeginAsync())
        {
            using SegmentWriter segments = writer.CreateDataWriter();

            // More than a pack: the first is uploaded while the second is being filled.
            for (int i = 0; i < 40; i++) TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)i, 1 << 20));
            await writer.AbandonAsync();
        }

        Assert.Empty(await test.NamesAsync(RepositoryLayout.Sessions));
        Assert.Single(await test.NamesAsync(RepositoryLayout.Packs));
        await using RepositoryWriter next = await test.BeginAsync();
        int reused = Enumerable.Range(0, 40).Count(i => next.Has(test.Keys.ComputeId(BlobKind.Data, SplitMix.Bytes((ulong)i, 1 << 20))));
        Assert.InRange(reused, 28, 32);
    }

    [Fact]
    public async Task A_long_run_writes_its_index_every_minute()
    {
        await using RepositoryWriter writer = await test.BeginAsync();
        using SegmentWriter segments = writer.CreateDataWriter();
        int next = 0;
        await FillPackAsync();
        Assert.Empty(await test.NamesAsync(RepositoryLayout.Indexes));
        test.Time.Advance(TimeSpan.FromSeconds(61));
        await FillPackAsync();
        Assert.Single(await test.NamesAsync(RepositoryLayout.Indexes));
        Assert.Equal(2, (await test.LoadIndexAsync()).Packs.Count);

        async Task FillPackAsync()
        {
            int packs = (await test.NamesAsync(RepositoryLayout.Packs)).Count;
            for (int i = 0; i < 33; i++) TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)next++, 1 << 20));
            for (int i = 0; i < 500 && (await test.NamesAsync(RepositoryLayout.Packs)).Count == packs; i++) await Task.Delay(10);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task What_a_damaged_index_object_named_is_stored_again()
    {
        await using (RepositoryWriter writer = await test.BeginAsync()) await SaveAsync(writer, 1);
        await using (RepositoryWriter writer = await test.BeginAsync()) await SaveAsync(writer, 2);
        string damaged = (await test.NamesAsync(RepositoryLayout.Indexes))[0];
        await test.DamageAsync(damaged);
        var warnings = new List<string>();
        await using (RepositoryWriter writer = await test.BeginAsync(onWarning: warnings.Add))
        {
            Assert.Single(writer.Index.Packs);
            await SaveAsync(writer, 1);
            await SaveAsync(writer, 2);
        }

        Assert.Contains(damaged, Assert.Single(warnings), StringComparison.Ordinal);
        await test.Store.DeleteAsync(damaged, CancellationToken.None);
        using var blobs = new BlobReader(test.Repository, await test.LoadIndexAsync());
        foreach (int number in new[] { 1, 2 }) Assert.Equal(Content(number), (await blobs.ReadAsync(BlobKind.Data, test.Keys.ComputeId(BlobKind.Data, Content(number)), CancellationToken.None)).ToArray());
    }

    [Fact]
    public async Task A_reader_finds_another_copy_where_one_is_damaged()
    {
        await using (RepositoryWriter writer = await test.BeginAsync()) await SaveAsync(writer, 1);
        string first = Assert.Single(await test.NamesAsync(RepositoryLayout.Packs));
        var other = new TestRepositoryCopy(test);
        await other.StoreAgainAsync(Content(1));
        await test.DamageAsync(first);
        using var blobs = new BlobReader(test.Repository, await test.LoadIndexAsync());
        Assert.Equal(Content(1), (await blobs.ReadAsync(BlobKind.Data, test.Keys.ComputeId(BlobKind.Data, Content(1)), CancellationToken.None)).ToArray());
        await test.Store.DeleteAsync(first, CancellationToken.None);
        using var fresh = new BlobReader(test.Repository, await test.LoadIndexAsync());
        Assert.Equal(Content(1), (await fresh.ReadAsync(BlobKind.Data, test.Keys.ComputeId(BlobKind.Data, Content(1)), CancellationToken.None)).ToArray());
    }

    [Fact]
    public async Task A_reader_whose_pack_was_repacked_loads_the_index_again()
    {
        await using (RepositoryWriter writer = await test.BeginAsync()) await SaveAsync(writer, 1);
        using var blobs = new BlobReader(test.Repository, await test.LoadIndexAsync());
        string pack = Assert.Single(await test.NamesAsync(RepositoryLayout.Packs)), index = Assert.Single(await test.NamesAsync(RepositoryLayout.Indexes));
        await new TestRepositoryCopy(test).StoreAgainAsync(Content(1));
        await test.Store.DeleteAsync(index, CancellationToken.None);
        await test.Store.DeleteAsync(pack, CancellationToken.None);
        Assert.Equal(Content(1), (await blobs.ReadAsync(BlobKind.Data, test.Keys.ComputeId(BlobKind.Data, Content(1)), CancellationToken.None)).ToArray());
        var missing = await Assert.ThrowsAsync<BackupException>(async () => await blobs.ReadAsync(BlobKind.Data, test.Keys.ComputeId(BlobKind.Data, Content(2)), CancellationToken.None));
        Assert.Equal(BackupError.BlobMissing, missing.Error);
    }

    private static byte[] Content(int number) => SplitMix.Bytes((ulong)number, 5000);

    private async Task SaveAsync(RepositoryWriter writer, int number)
    {
        using SegmentWriter segments = writer.CreateDataWriter();
        TestRepository.SaveData(writer, test.Keys, segments, Content(number));
        segments.Flush();
        await writer.FlushAsync();
    }

    [Fact]
    public async Task Blobs_beyond_what_stays_in_memory_are_stored_once_as_before()
    {
        using var folder = new TemporaryFolder();
        Repository repository = test.Repository.With(new IndexCache(folder: null, keeps: false) { TemporaryFolder = folder.Path });
        DateTime before = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Directory.SetLastWriteTimeUtc(folder.Path, before);
        const int Stored = 200_000;
        await using RepositoryWriter writer = await RepositoryWriter.BeginAsync(repository, test.Session(), IdSource.Random, test.Time, onWarning: null, CancellationToken.None);
        using (SegmentWriter segments = writer.CreateDataWriter())
        {
            // A pack is full with some 120,000 of them, and indexed at once.
            for (int i = 0; i < Stored; i++) TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)i << 20, 250));
            segments.Flush();
            await writer.FlushAsync();

            // A file was made, and has no name any more.
            Assert.NotEqual(before, Directory.GetLastWriteTimeUtc(folder.Path));
            Assert.Empty(Directory.GetFiles(folder.Path));
            for (int i = 0; i < Stored; i++)
            {
                BlobId id = TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)i << 20, 250));
                if (!writer.Has(id)) Assert.Fail($"blob {i}");
            }
        }

        Assert.Equal(Stored * 250L, writer.BytesAdded);
        Assert.Equal(Stored, (await test.LoadIndexAsync()).Count);
    }

    [Fact]
    public async Task Packs_of_very_many_blobs_are_indexed_without_waiting_for_more_packs_and_the_index_is_kept_for_the_next_run()
    {
        using var folder = new TemporaryFolder();
        Repository repository = test.Repository.With(new IndexCache(folder.Path, keeps: true));
        int stored = 0;
        await using (RepositoryWriter writer = await RepositoryWriter.BeginAsync(repository, test.Session(), IdSource.Random, test.Time, onWarning: null, CancellationToken.None))
        {
            using SegmentWriter segments = writer.CreateDataWriter();

            // Incompressible blobs of 200 bytes: a pack is full with some 165,000 of them.
            for (; stored < 400_000; stored++) TestRepository.SaveData(writer, test.Keys, segments, SplitMix.Bytes((ulong)stored << 20, 200));
            segments.Flush();
            await writer.FlushAsync();
        }

        Assert.Equal(3, (await test.NamesAsync(RepositoryLayout.Indexes)).Count);
        Assert.Equal(stored, (await test.LoadIndexAsync()).Count);
        Assert.Single(Directory.GetFiles(folder.Path));
        var log = new FaultyObjectStore(test.Store);
        BlobIndex index = await IndexLoader.LoadAsync(test.Through(log).With(new IndexCache(folder.Path, keeps: true)), new HashSet<string>(), onDamage: null, CancellationToken.None);
        Assert.Equal(stored, index.Count);
        Assert.DoesNotContain(log.Calls, static c => c.Operation is StoreOperation.Get or StoreOperation.Read);
    }
}
