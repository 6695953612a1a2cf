using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>A store with a log of its calls and faults on demand. It does not own the store that it wraps, so that a test can look at what is left.</summary>
/// <param name="inner">Where the calls go.</param>
/// <param name="decide">Asked once for each call, in any thread; none: nothing fails.</param>
internal sealed class FaultyObjectStore(IObjectStore inner, Func<StoreCall, FaultAction>? decide = null) : IObjectStore
{
    private readonly ConcurrentQueue<StoreCall> _calls = new();
    private int _count;

    public string Location => inner.Location;

    /// <summary>Calls so far.</summary>
    public int CallCount => Volatile.Read(ref _count);

    /// <summary>The calls so far. Calls at the same time may stand in another order than their numbers.</summary>
    public IReadOnlyList<StoreCall> Calls => [.. _calls];

    /// <summary>A store with one fault.</summary>
    /// <param name="inner">Where the calls go.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="number">The call at which it happens; 1 for the first.</param>
    /// <param name="happened">Called when it has happened, before the caller of the store hears of it.</param>
    /// <param name="linger">How long each write before a loss of power takes; default: 1 ms.</param>
    public static FaultyObjectStore With(IObjectStore inner, StoreFault fault, int number, Action? happened = null, TimeSpan? linger = null)
    {
        var dead = new StoreException(StoreFailure.Unreachable, $"Injected: {fault} at call {number}.");
        var transient = new StoreException(StoreFailure.Transient, $"Injected: {fault} at call {number}.");
        var ended = new TaskCompletionSource();
        happened += ended.SetResult;
        FaultAction there = fault switch
        {
            StoreFault.Kill or StoreFault.Refusal => FaultAction.FailBefore(dead),
            StoreFault.KillAfter or StoreFault.PowerLoss => FaultAction.FailAfter(dead),
            StoreFault.Tear => FaultAction.Tear(dead),
            StoreFault.Stumble => FaultAction.FailBefore(transient),
            StoreFault.LostAnswer => FaultAction.FailAfter(transient),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
        };
        bool kills = fault.Kills();
        return new FaultyObjectStore(inner, call =>
            call.Number == number ? there.Then(happened)
            : kills && call.Number > number ? FaultAction.FailBefore(dead)
            : fault == StoreFault.PowerLoss && call.Changes ? FaultAction.WaitFor(LingerAsync)
            : FaultAction.None);

        // A write that has not been answered when the power goes is not there.
        async Task LingerAsync(CancellationToken cancellationToken)
        {
            await Task.WhenAny(ended.Task, Task.Delay(linger ?? TimeSpan.FromMilliseconds(1), cancellationToken));
            if (ended.Task.IsCompleted) throw dead;
        }
    }

    public ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        CallAsync(StoreOperation.PutNew, name, static (_, _) => { }, () => inner.PutNewAsync(name, content, cancellationToken), cancellationToken, content);

    public async ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        await CallAsync(StoreOperation.Put, name, static (_, _) => { }, async () =>
        {
            await inner.PutAsync(name, content, cancellationToken);
            return true;
        }, cancellationToken, content);

    public ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken) =>
        CallAsync(StoreOperation.Get, name, static (change, content) => change(content), () => inner.GetAsync(name, maximumLength, cancellationToken), cancellationToken);

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        CallAsync(StoreOperation.Read, name, (change, count) => change(destination[..Math.Max(count, 0)]), () => inner.ReadAsync(name, offset, destination, cancellationToken), cancellationToken);

    public ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(StoreOperation.GetLength, name, static (_, _) => { }, () => inner.GetLengthAsync(name, cancellationToken), cancellationToken);

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FaultAction action = Record(StoreOperation.List, prefix);
        if (action.Wait is not null) await action.Wait(cancellationToken);
        if (action.Before is not null && action.Items is null) throw Happened(action, action.Before);
        int items = 0;
        await foreach (StoredObject item in inner.ListAsync(prefix, cancellationToken))
        {
            if (items++ == action.Items) throw Happened(action, action.After!);
            yield return item;
        }

        if (action.After is not null) throw Happened(action, action.After);
    }

    public async ValueTask DeleteAsync(string name, CancellationToken cancellationToken) =>
        await CallAsync(StoreOperation.Delete, name, static (_, _) => { }, async () =>
        {
            await inner.DeleteAsync(name, cancellationToken);
            return true;
        }, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<T> CallAsync<T>(StoreOperation operation, string name, Action<Action<Memory<byte>>, T> change, Func<ValueTask<T>> call, CancellationToken cancellationToken, ReadOnlySequence<byte> written = default)
    {
        FaultAction action = Record(operation, name);
        if (action.Wait is not null) await action.Wait(cancellationToken);
        if (action.Tears) await inner.PutNewAsync("tmp/torn", written.Slice(0, written.Length / 2), CancellationToken.None);
        if (action.Before is not null) throw Happened(action, action.Before);
        T answer = await call();
        if (action.Change is not null && answer is not null) change(action.Change, answer);
        return action.After is null ? answer : throw Happened(action, action.After);
    }

    private static Exception Happened(FaultAction action, Exception exception)
    {
        action.Happened?.Invoke();
        return exception;
    }

    private FaultAction Record(StoreOperation operation, string name)
    {
        var call = new StoreCall(Interlocked.Increment(ref _count), operation, name);
        _calls.Enqueue(call);
        return decide?.Invoke(call) ?? FaultAction.None;
    }
}
