using System.Buffers;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Simulation;

/// <summary>The store as one actor has it: each call waits for the scheduler.</summary>
internal sealed class ActorStore(ProtocolSimulation simulation, Actor actor) : IObjectStore
{
    // Pages of two make a listing of a handful of objects one that others can get into.
    private const int PageLength = 2;

    public string Location => "simulation";

    public async ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        byte[] bytes = content.ToArray();
        return await CallAsync($"put new {name}", changes: true, () => simulation.PutNew(name, bytes));
    }

    public async ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        byte[] bytes = content.ToArray();
        await CallAsync($"put {name}", changes: true, () => simulation.Put(name, bytes));
    }

    public async ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken) =>
        await CallAsync($"get {name}", changes: false, () => simulation.Get(name)?.ToArray());

    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        await CallAsync($"read {name} from {offset}", changes: false, () =>
        {
            byte[]? bytes = simulation.Get(name);
            if (bytes is null) return -1;
            int count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            bytes.AsSpan((int)Math.Min(offset, bytes.Length), count).CopyTo(destination.Span);
            return count;
        });

    public async ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken) =>
        await CallAsync($"length {name}", changes: false, () => simulation.Get(name)?.LongLength ?? -1);

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        await CallAsync($"delete {name}", changes: true, () => simulation.Delete(name));

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, long>? atFirst = null;
        string after = "";
        while (true)
        {
            IReadOnlyList<StoredObject> page = await CallAsync($"list {prefix}{(after.Length == 0 ? "" : " after " + after)}", changes: false, () =>
            {
                atFirst ??= simulation.Names(prefix);
                return simulation.Page(prefix, after, atFirst, PageLength);
            });
            foreach (StoredObject item in page) yield return item;
            if (page.Count < PageLength) yield break;
            after = page[^1].Name;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> CallAsync<T>(string text, bool changes, Func<T> execute) => simulation.CallAsync(actor, text, changes, execute);
}
