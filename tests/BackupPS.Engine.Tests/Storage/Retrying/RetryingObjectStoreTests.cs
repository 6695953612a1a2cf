using System.Buffers;
using System.Diagnostics;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Retrying;
using BackupPS.Engine.Tests.Repositories;

namespace BackupPS.Engine.Tests.Storage.Retrying;

/// <summary>What may pass is tried again, for a while; what may not is told at once; and no answer is made up.</summary>
public sealed class RetryingObjectStoreTests
{
    private const int Seed = 4;
    private const int Lost = 3;

    private static readonly Dictionary<StoreOperation, Func<IObjectStore, CancellationToken, Task>> Calls = new()
    {
        [StoreOperation.PutNew] = async (store, token) => Assert.True(await store.PutNewAsync("index/new", Bytes(1, 2), token)),
        [StoreOperation.Put] = async (store, token) => await store.PutAsync("index/a", Bytes(7), token),
        [StoreOperation.Get] = async (store, token) => Assert.Equal(new byte[] { 1, 2, 3 }, await store.GetAsync("index/a", 10, token)),
        [StoreOperation.Read] = async (store, token) => Assert.Equal(2, await store.ReadAsync("index/a", 1, new byte[5], token)),
        [StoreOperation.GetLength] = async (store, token) => Assert.Equal(3, await store.GetLengthAsync("index/a", token)),
        [StoreOperation.List] = async (store, token) => Assert.Equal(["index/a", "index/b", "index/c"], await NamesAsync(store, token)),
        [StoreOperation.Delete] = async (store, token) => await store.DeleteAsync("index/b", token),
    };

    private readonly MemoryObjectStore inner = new();
    private readonly SkippingTime time = new();
    private readonly List<BackupRetry> retries = [];

    public static TheoryData<string, string> CallsAndWays
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (StoreOperation operation in Calls.Keys)
            {
                foreach (string way in new[] { "before", "after" }) data.Add($"{operation}", way);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(CallsAndWays))]
    public async Task A_call_is_repeated_until_it_succeeds(string operation, string way)
    {
        StoreOperation wanted = await FillAsync(operation);
        int calls = 0;
        RetryingObjectStore store = Retrying(call => call.Operation != wanted || ++calls > Lost ? FaultAction.None : way == "before" ? FaultAction.FailBefore() : FaultAction.FailAfter());
        await Calls[wanted](store, default);
        Assert.Equal(Lost + 1, calls);
        Assert.Equal([1, 2, 3], retries.Select(static r => r.Attempt));
        Assert.All(retries, r => Assert.StartsWith("Injected", r.Reason, StringComparison.Ordinal));

        // Timers count milliseconds.
        Assert.Equal(time.Waits, retries.Select(static r => TimeSpan.FromMilliseconds((long)r.Delay.TotalMilliseconds)));
        Assert.All(retries, static r => Assert.StartsWith("index/", r.Path, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(CallsAndWays))]
    public async Task What_will_not_pass_by_itself_is_not_repeated(string operation, string way)
    {
        StoreOperation wanted = await FillAsync(operation);
        foreach (StoreFailure failure in Enum.GetValues<StoreFailure>().Where(static f => f != StoreFailure.Transient))
        {
            int calls = 0;
            RetryingObjectStore store = Retrying(call =>
            {
                if (call.Operation != wanted) return FaultAction.None;
                calls++;
                return way == "before" ? FaultAction.FailBefore(failure) : FaultAction.FailAfter(failure);
            });
            Assert.Equal(failure, (await Assert.ThrowsAsync<StoreException>(() => Calls[wanted](store, default))).Failure);
            Assert.Equal(1, calls);
        }

        Assert.Empty(retries);
    }

    [Theory]
    [MemberData(nameof(CallsAndWays))]
    public async Task A_store_that_is_gone_is_told_when_patience_ends(string operation, string way)
    {
        StoreOperation wanted = await FillAsync(operation);
        RetryingObjectStore store = Retrying(call => call.Operation != wanted ? FaultAction.None : way == "before" ? FaultAction.FailBefore() : FaultAction.FailAfter());

        // An answer to a put that never comes would be found in the store.
        if (wanted == StoreOperation.PutNew && way == "after") store = Retrying(call => call.Changes || call.Operation == StoreOperation.GetLength ? FaultAction.FailAfter() : FaultAction.None);
        StoreException e = await Assert.ThrowsAsync<StoreException>(() => Calls[wanted](store, default));
        Assert.InRange(time.Elapsed, RetryPipeline.Patience, RetryPipeline.Patience + TimeSpan.FromSeconds(10));
        Assert.InRange(retries.Count, 8, 20);
        Assert.Contains($"tried {retries.Count + 1} times within {time.Elapsed.TotalSeconds:0} s", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("Injected", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_for_good_ends_the_repetition()
    {
        int calls = 0;
        RetryingObjectStore store = Retrying(_ => ++calls <= 2 ? FaultAction.FailBefore() : FaultAction.FailBefore(StoreFailure.Full));
        Assert.Equal(StoreFailure.Full, (await Assert.ThrowsAsync<StoreException>(() => Calls[StoreOperation.Put](store, default))).Failure);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Slow_failures_use_up_patience_too()
    {
        int calls = 0;
        RetryingObjectStore store = Retrying(_ =>
        {
            calls++;
            time.Advance(TimeSpan.FromSeconds(45));
            return FaultAction.FailBefore();
        });
        await Assert.ThrowsAsync<StoreException>(() => Calls[StoreOperation.Get](store, default));

        // The first one has failed before patience begins; two more of 45 s are beyond its end.
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Pauses_grow_up_to_ten_seconds_and_differ_from_host_to_host()
    {
        var pauses = new List<IReadOnlyList<TimeSpan>>();
        for (int seed = 0; seed < 20; seed++)
        {
            var clock = new SkippingTime();
            var store = new RetryingObjectStore(new FaultyObjectStore(inner, static _ => FaultAction.FailBefore()), new RetryPipeline(clock, new Random(seed).NextDouble, static _ => { }, CancellationToken.None));
            await Assert.ThrowsAsync<StoreException>(async () => await store.GetLengthAsync("index/a", default));
            pauses.Add(clock.Waits);
        }

        Assert.All(pauses, static p => Assert.InRange(p[0], TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        Assert.All(pauses, static p => Assert.InRange(p.Max(), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10)));
        Assert.All(pauses, static p => Assert.True(p.Take(4).Sum(static t => t.Ticks) < p.Skip(4).Take(4).Sum(static t => t.Ticks)));
        Assert.Equal(20, pauses.Select(static p => p[0]).Distinct().Count());
    }

    [Fact]
    public async Task An_object_that_is_there_after_a_lost_answer_is_ours_only_with_our_bytes()
    {
        byte[] large = SplitMix.Bytes(Seed, 3_000_000);
        byte[] other = [.. large];
        other[^1] ^= 1;
        ReadOnlySequence<byte> content = Segments.Of(large.AsMemory(0, 1), large.AsMemory(1, 2_500_000), large.AsMemory(2_500_001));

        // Whether the first call was done, or somebody put something else in between.
        foreach ((byte[]? there, bool done, bool expected) in new[] { (null, true, true), (null, false, true), (large, false, true), (other, false, false), (large[..^1], false, false), ([], false, false) })
        {
            bool failed = false;
            await inner.DeleteAsync("packs/00/x", default);
            RetryingObjectStore store = Retrying(call =>
            {
                if (call.Operation != StoreOperation.PutNew || failed) return FaultAction.None;
                failed = true;
                if (there is not null) Assert.True(inner.PutNewAsync("packs/00/x", new ReadOnlySequence<byte>(there), default).AsTask().Result);
                return done ? FaultAction.FailAfter() : FaultAction.FailBefore();
            });
            Assert.Equal(expected, await store.PutNewAsync("packs/00/x", content, default));
            Assert.Equal(there ?? large, await inner.GetAsync("packs/00/x", int.MaxValue, default));
        }
    }

    [Fact]
    public async Task Without_a_lost_answer_what_is_there_is_somebody_else_s_and_not_read()
    {
        Assert.True(await inner.PutNewAsync("index/a", Bytes(1), default));
        var faulty = new FaultyObjectStore(inner);
        Assert.False(await Retrying(faulty).PutNewAsync("index/a", Bytes(1), default));
        Assert.Equal(1, faulty.CallCount);
    }

    [Fact]
    public async Task A_listing_that_breaks_off_goes_on_after_the_last_name()
    {
        for (int i = 0; i < 20; i++) await inner.PutNewAsync($"index/{i:d2}", Bytes(1), default);
        await inner.PutNewAsync("keys/a", Bytes(1), default);
        int listings = 0;
        var faulty = new FaultyObjectStore(inner, call =>
        {
            // What is put and deleted between two beginnings, before and behind the last name.
            int listing = listings++;
            if (listing == 2)
            {
                inner.PutNewAsync("index/01x", Bytes(1), default).AsTask().Wait();
                inner.PutNewAsync("index/15x", Bytes(1), default).AsTask().Wait();
                inner.DeleteAsync("index/04", default).AsTask().Wait();
            }

            return listing == 6 ? FaultAction.None : FaultAction.FailAmid(3 * listing);
        });
        string[] expected = [.. Enumerable.Range(0, 20).Select(static i => $"index/{i:d2}").Append("index/15x").Where(static n => n != "index/04").Order(StringComparer.Ordinal)];
        Assert.Equal(expected, await NamesAsync(Retrying(faulty), default));
        Assert.Equal(7, listings);
        Assert.Equal(6, retries.Count);

        // Each of them had gone on: patience is for one stop, not for the whole.
        Assert.Contains(retries.Skip(1), static r => r.Attempt == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancellation_ends_a_pause_at_once(bool ofTheCall)
    {
        foreach (StoreOperation operation in Calls.Keys)
        {
            var still = new ManualTime(DateTime.UnixEpoch);
            var paused = new TaskCompletionSource();
            using var stop = new CancellationTokenSource();
            var pipeline = new RetryPipeline(still, new Random(Seed).NextDouble, _ => paused.SetResult(), ofTheCall ? CancellationToken.None : stop.Token);
            var store = new RetryingObjectStore(new FaultyObjectStore(inner, static _ => FaultAction.FailBefore()), pipeline);
            Task call = Calls[operation](store, ofTheCall ? stop.Token : default);
            await paused.Task;
            Assert.False(call.IsCompleted);
            long began = Stopwatch.GetTimestamp();
            await stop.CancelAsync();

            // A call that was not cancelled itself says what hinders it.
            if (ofTheCall) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            else Assert.StartsWith("Injected", (await Assert.ThrowsAsync<StoreException>(() => call)).Message, StringComparison.Ordinal);
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(2), $"{operation}");
        }
    }

    [Fact]
    public async Task After_the_operation_was_cancelled_calls_are_made_once()
    {
        var pipeline = new RetryPipeline(time, new Random(Seed).NextDouble, retries.Add, new CancellationToken(canceled: true));
        var faulty = new FaultyObjectStore(inner, static _ => FaultAction.FailBefore());
        await Assert.ThrowsAsync<StoreException>(async () => await new RetryingObjectStore(faulty, pipeline).DeleteAsync("sessions/a", default));
        Assert.Equal(1, faulty.CallCount);
        Assert.Empty(retries);
    }

    [Fact]
    public async Task A_call_that_succeeds_at_once_costs_nothing()
    {
        await inner.PutNewAsync("index/a", Bytes(1, 2, 3), default);
        RetryingObjectStore store = Retrying(inner);
        byte[] buffer = new byte[3];
        long allocated = 0;
        for (int i = 0; i < 2; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int call = 0; call < 1000; call++)
            {
                Assert.True(IsDone(store.ReadAsync("index/a", 0, buffer, default)));
                Assert.True(IsDone(store.GetLengthAsync("index/a", default)));
                Assert.True(IsDone(store.DeleteAsync("index/b", default)));
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static bool IsDone<T>(ValueTask<T> call) => call.IsCompletedSuccessfully;

    private static bool IsDone(ValueTask call) => call.IsCompletedSuccessfully;

    private static ReadOnlySequence<byte> Bytes(params byte[] bytes) => new(bytes);

    private static async Task<List<string>> NamesAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (StoredObject item in store.ListAsync("index/", cancellationToken)) names.Add(item.Name);
        return names;
    }

    private RetryingObjectStore Retrying(Func<StoreCall, FaultAction> decide) => Retrying(new FaultyObjectStore(inner, decide));

    private RetryingObjectStore Retrying(IObjectStore store) => new(store, new RetryPipeline(time, new Random(Seed).NextDouble, retries.Add, CancellationToken.None));

    private async Task<StoreOperation> FillAsync(string operation)
    {
        foreach (string name in new[] { "index/a", "index/b", "index/c" }) await inner.PutNewAsync(name, Bytes(1, 2, 3), default);
        return Enum.Parse<StoreOperation>(operation);
    }
}
