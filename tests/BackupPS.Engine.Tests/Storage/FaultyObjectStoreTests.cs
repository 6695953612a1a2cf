using System.Buffers;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>Without faults the wrapper is a store like any other; with them it does what it was told.</summary>
public sealed class FaultyObjectStoreTests : ObjectStoreContract
{
    private readonly MemoryObjectStore _shared = new();

    private protected override IObjectStore Open() => new FaultyObjectStore(_shared);

    [Fact]
    public async Task A_fault_before_a_put_stores_nothing_and_one_after_it_stores_all()
    {
        var faulty = new FaultyObjectStore(_shared, call => call switch
        {
            { Operation: StoreOperation.PutNew, Name: "a" } => FaultAction.FailBefore(),
            { Operation: StoreOperation.PutNew, Name: "b" } => FaultAction.FailAfter(),
            _ => FaultAction.None,
        });

        foreach (string name in new[] { "a", "b" })
        {
            Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await faulty.PutNewAsync(name, new ReadOnlySequence<byte>([1]), default))).IsTransient);
        }

        Assert.Null(await _shared.GetAsync("a", 10, default));
        Assert.NotNull(await _shared.GetAsync("b", 10, default));
        Assert.Equal([new(1, StoreOperation.PutNew, "a"), new(2, StoreOperation.PutNew, "b")], faulty.Calls);
        Assert.Equal(2, faulty.CallCount);
    }

    [Theory]
    [InlineData(StoreFault.Kill, "a", false)]
    [InlineData(StoreFault.KillAfter, "a b", false)]
    [InlineData(StoreFault.PowerLoss, "a b", false)]
    [InlineData(StoreFault.Tear, "a tmp/torn", false)]
    [InlineData(StoreFault.Refusal, "a c", true)]
    [InlineData(StoreFault.Stumble, "a c", true)]
    [InlineData(StoreFault.LostAnswer, "a b c", true)]
    internal async Task Each_kind_of_fault_leaves_what_it_is_named_for(StoreFault fault, string left, bool goesOn)
    {
        int happened = 0;
        var faulty = FaultyObjectStore.With(_shared, fault, 2, () => happened++);
        for (int i = 0; i < 3; i++)
        {
            ValueTask<bool> Put() => faulty.PutNewAsync(((char)('a' + i)).ToString(), new ReadOnlySequence<byte>([1, 2, 3, 4]), default);
            if (i == 0 || (i == 2 && goesOn)) Assert.True(await Put());
            else Assert.Equal(fault is StoreFault.Stumble or StoreFault.LostAnswer, (await Assert.ThrowsAsync<StoreException>(async () => await Put())).IsTransient);
        }

        var names = new List<string>();
        await foreach (StoredObject item in _shared.ListAsync("", default)) names.Add(item.Name);
        Assert.Equal(left, string.Join(' ', names));
        Assert.Equal(1, happened);
        if (fault == StoreFault.Tear) Assert.Equal(2, await _shared.GetLengthAsync("tmp/torn", default));
    }

    [Fact]
    public async Task When_the_power_goes_what_is_still_being_written_is_lost_although_something_later_is_not()
    {
        var faulty = FaultyObjectStore.With(_shared, StoreFault.PowerLoss, 2, linger: TimeSpan.FromMinutes(1));
        Task<bool> first = faulty.PutNewAsync("a", new ReadOnlySequence<byte>([1]), default).AsTask();
        await Assert.ThrowsAsync<StoreException>(async () => await faulty.PutNewAsync("b", new ReadOnlySequence<byte>([1]), default));
        await Assert.ThrowsAsync<StoreException>(() => first);
        Assert.Null(await _shared.GetAsync("a", 10, default));
        Assert.NotNull(await _shared.GetAsync("b", 10, default));
    }

    [Fact]
    public async Task It_holds_calls_and_changes_bytes()
    {
        var release = new TaskCompletionSource();
        await _shared.PutNewAsync("a", new ReadOnlySequence<byte>([1, 2]), default);
        var faulty = new FaultyObjectStore(_shared, call => call.Operation switch
        {
            StoreOperation.GetLength => FaultAction.HoldUntil(release.Task),
            StoreOperation.Get or StoreOperation.Read => FaultAction.ChangeBytes(bytes => bytes.Span[0] ^= 0x80),
            _ => FaultAction.None,
        });

        Task<long> length = faulty.GetLengthAsync("a", default).AsTask();
        Assert.False(length.IsCompleted);
        release.SetResult();
        Assert.Equal(2, await length);
        byte[] range = new byte[2];
        await faulty.ReadAsync("a", 0, range, default);
        Assert.Equal(new byte[] { 0x81, 2 }, range);
        Assert.Equal(new byte[] { 0x81, 2 }, await faulty.GetAsync("a", 10, default));
        Assert.Equal(new byte[] { 1, 2 }, await _shared.GetAsync("a", 10, default));
    }
}
