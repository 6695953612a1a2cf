using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace BackupPS.Engine.Storage;

/// <summary>Objects in memory: for tests and simulations. It keeps the whole contract but durability.</summary>
internal sealed class MemoryObjectStore : IObjectStore
{
    private readonly ConcurrentDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);

    public MemoryObjectStore(string location = "memory") => Location = location;

    public string Location { get; }

    public ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<bool>(cancellationToken);
        return ValueTask.FromResult(_objects.TryAdd(name, content.ToArray()));
    }

    public ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        _objects[name] = content.ToArray();
        return ValueTask.CompletedTask;
    }

    public ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumLength);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<byte[]?>(cancellationToken);
        if (!_objects.TryGetValue(name, out byte[]? content)) return ValueTask.FromResult<byte[]?>(null);
        if (content.Length > maximumLength)
        {
            return ValueTask.FromException<byte[]?>(UnavailableObject.TooLong(name, Location, content.Length, maximumLength));
        }

        return ValueTask.FromResult<byte[]?>([.. content]);
    }

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<int>(cancellationToken);
        if (!_objects.TryGetValue(name, out byte[]? content)) return ValueTask.FromResult(-1);
        if (offset >= content.Length) return ValueTask.FromResult(0);
        int count = (int)Math.Min(destination.Length, content.Length - offset);
        content.AsSpan((int)offset, count).CopyTo(destination.Span);
        return ValueTask.FromResult(count);
    }

    public ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<long>(cancellationToken);
        return ValueTask.FromResult(_objects.TryGetValue(name, out byte[]? content) ? content.LongLength : -1);
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectName.CheckPrefix(prefix);
        return ListCoreAsync(prefix, cancellationToken);
    }

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Check(name);
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled(cancellationToken);
        _objects.TryRemove(name, out _);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async IAsyncEnumerable<StoredObject> ListCoreAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A consumer must not be able to rely on a listing that never leaves its thread: other stores' do.
        await Task.Yield();
        var found = new List<StoredObject>();
        foreach ((string name, byte[] content) in _objects)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) found.Add(new StoredObject(name, content.LongLength));
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (StoredObject item in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }
}
