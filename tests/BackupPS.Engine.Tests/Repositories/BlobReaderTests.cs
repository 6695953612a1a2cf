using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Tests.Storage;

namespace BackupPS.Engine.Tests.Repositories;

/// <summary>Blobs out of pooled buffers.</summary>
public sealed class BlobReaderTests
{
    private const int Segments = 40, BlobsOfSegment = 20;
    private readonly TestRepository test = new();

    [Fact]
    public async Task What_is_leased_stays_as_it_is_however_many_others_read_through_a_small_cache()
    {
        (BlobId Id, byte[] Content)[] blobs = await SaveAsync();

        // Room for one segment: nearly every read takes a buffer from another.
        using var reader = new BlobReader(test.Repository, await test.LoadIndexAsync(), cacheLength: 1);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            var held = new Queue<(BlobLease Lease, byte[] Content)>();
            for (int i = 0; i < 2000; i++)
            {
                // Neighbours mostly, as in a restore.
                int at = i % 7 == 0 ? random.Next(blobs.Length) : Math.Min(blobs.Length - 1, (i * 3 / 2 % blobs.Length) + random.Next(3));
                held.Enqueue((await reader.OpenAsync(BlobKind.Data, blobs[at].Id, CancellationToken.None), blobs[at].Content));
                if (held.Count <= random.Next(6)) continue;
                (BlobLease lease, byte[] content) = held.Dequeue();
                Assert.True(lease.Span.SequenceEqual(content), $"worker {worker}, read {i}");
                lease.Dispose();
            }

            foreach ((BlobLease lease, byte[] content) in held)
            {
                Assert.True(lease.Span.SequenceEqual(content), $"worker {worker}, at the end");
                lease.Dispose();
            }
        })));
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_does_not_fail_those_who_wait_for_the_same_segment()
    {
        (BlobId Id, byte[] Content)[] blobs = await SaveAsync();
        var reached = new TaskCompletionSource();
        int reads = 0;
        using var stop = new CancellationTokenSource();
        var faulty = new FaultyObjectStore(test.Store, call => call.Operation == StoreOperation.Read && Interlocked.Increment(ref reads) == 1
            ? FaultAction.WaitFor(async token =>
            {
                reached.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            })
            : FaultAction.None);
        using var reader = new BlobReader(test.Through(faulty), await test.LoadIndexAsync());
        Task<BlobLease> first = reader.OpenAsync(BlobKind.Data, blobs[0].Id, stop.Token).AsTask();
        await reached.Task;
        Task<BlobLease> second = reader.OpenAsync(BlobKind.Data, blobs[1].Id, CancellationToken.None).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        using BlobLease lease = await second;
        Assert.Equal(blobs[1].Content, lease.Span.ToArray());
    }

    [Fact]
    public async Task A_segment_that_could_not_be_read_is_tried_again()
    {
        (BlobId Id, byte[] Content)[] blobs = await SaveAsync();
        using var reader = new BlobReader(test.Repository, await test.LoadIndexAsync());
        string pack = (await test.NamesAsync(RepositoryLayout.Packs))[0];
        await test.DamageAsync(pack, offset: 200);
        BackupException[] failures = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Assert.ThrowsAsync<BackupException>(() => Task.Run(() => reader.ReadAsync(BlobKind.Data, blobs[0].Id, CancellationToken.None).AsTask()))));
        Assert.All(failures, static e => Assert.Equal(BackupError.ObjectDamaged, e.Error));
        await test.DamageAsync(pack, offset: 200);
        Assert.Equal(blobs[0].Content, (await reader.ReadAsync(BlobKind.Data, blobs[0].Id, CancellationToken.None)).ToArray());
    }

    [Theory]
    [InlineData("ObjectMissing")]
    [InlineData("ObjectDamaged")]
    [InlineData("ObjectDenied")]
    public async Task Another_copy_is_read_where_one_cannot_be_had(string error)
    {
        byte[] content = SplitMix.Bytes(1, 5000);
        BlobId id = default;

        // Of two writers at the same time, neither knows what the other stores.
        await using RepositoryWriter one = await test.BeginAsync(), other = await test.BeginAsync();
        foreach (RepositoryWriter writer in new[] { one, other })
        {
            using SegmentWriter segments = writer.CreateDataWriter();
            id = TestRepository.SaveData(writer, test.Keys, segments, content);
            segments.Flush();
            await writer.FlushAsync();
        }

        IReadOnlyList<string> packs = await test.NamesAsync(RepositoryLayout.Packs);
        Assert.Equal(2, packs.Count);
        foreach (string bad in packs)
        {
            var told = new List<string>();
            var faulty = new FaultyObjectStore(test.Store, call => call.Name == bad && call.Operation == StoreOperation.Read ? FaultAction.FailBefore(new BackupException(BackupError.All[error], "Injected.", bad)) : FaultAction.None);
            using var reader = new BlobReader(test.Through(faulty), await test.LoadIndexAsync()) { OnDamage = (pack, _) => told.Add(RepositoryLayout.Pack(pack)) };
            Assert.Equal(content, (await reader.ReadAsync(BlobKind.Data, id, CancellationToken.None)).ToArray());

            // One that is missing may rightly be gone.
            Assert.True(told.Count == 0 || (told.SequenceEqual([bad]) && error != "ObjectMissing"));
        }
    }

    private async Task<(BlobId Id, byte[] Content)[]> SaveAsync()
    {
        var saved = new List<(BlobId, byte[])>();
        await using RepositoryWriter writer = await test.BeginAsync();
        for (int s = 0; s < Segments; s++)
        {
            using SegmentWriter segments = writer.CreateDataWriter();
            for (int b = 0; b < BlobsOfSegment; b++)
            {
                // Segments of different lengths, so that buffers of several lengths are in use.
                byte[] content = SplitMix.Bytes((ulong)((s * 1000) + b), 500 + (s * 700));
                saved.Add((TestRepository.SaveData(writer, test.Keys, segments, content), content));
            }

            segments.Flush();
        }

        await writer.FlushAsync();
        await writer.Session.EndAsync(CancellationToken.None);
        return [.. saved];
    }
}
