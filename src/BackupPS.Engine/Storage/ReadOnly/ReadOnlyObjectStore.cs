using System.Buffers;

namespace BackupPS.Engine.Storage;

/// <summary>A store that refuses to change: what plans, lists, restores and verifies work on, so that a mistake is an error and not a changed repository. It owns the store that it wraps.</summary>
internal sealed class ReadOnlyObjectStore(IObjectStore inner) : IObjectStore
{
    public string Location => inner.Location;

    public ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        ValueTask.FromException<bool>(Refusal("create", name));

    public ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        ValueTask.FromException(Refusal("replace", name));

    public ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken) =>
        inner.GetAsync(name, maximumLength, cancellationToken);

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadAsync(name, offset, destination, cancellationToken);

    public ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken) =>
        inner.GetLengthAsync(name, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromException(Refusal("delete", name));

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private StoreException Refusal(string action, string name) =>
        new(StoreFailure.Denied, $"Cannot {action} '{name}' in {Location}: it was opened for reading only.");
}
