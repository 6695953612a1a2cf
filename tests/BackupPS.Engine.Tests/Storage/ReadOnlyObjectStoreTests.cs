using System.Buffers;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

public sealed class ReadOnlyObjectStoreTests
{
    [Fact]
    public async Task It_reads_and_refuses_to_change()
    {
        var inner = new MemoryObjectStore();
        await inner.PutNewAsync("keys/a", new ReadOnlySequence<byte>([1, 2]), default);
        await using var store = new ReadOnlyObjectStore(inner);

        foreach (Func<Task> change in new Func<Task>[]
        {
            async () => await store.PutNewAsync("keys/b", new ReadOnlySequence<byte>([1]), default),
            async () => await store.PutAsync("keys/a", new ReadOnlySequence<byte>([1]), default),
            async () => await store.DeleteAsync("keys/a", default),
        })
        {
            Assert.Equal(StoreFailure.Denied, (await Assert.ThrowsAsync<StoreException>(change)).Failure);
        }

        Assert.Equal(new byte[] { 1, 2 }, await store.GetAsync("keys/a", 10, default));
        Assert.Equal(2, await store.GetLengthAsync("keys/a", default));
        byte[] range = new byte[1];
        Assert.Equal(1, await store.ReadAsync("keys/a", 1, range, default));
        Assert.Equal(2, range[0]);
        var names = new List<string>();
        await foreach (StoredObject item in store.ListAsync("", default)) names.Add(item.Name);
        Assert.Equal(["keys/a"], names);
        Assert.Equal("memory", store.Location);
    }
}
