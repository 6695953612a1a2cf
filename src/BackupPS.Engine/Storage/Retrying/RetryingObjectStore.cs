using System.Buffers;

namespace BackupPS.Engine.Storage.Retrying;

/// <summary>
/// Repeats calls that failed for a reason that may pass (<see cref="StoreException.IsTransient"/>). It owns the store that it wraps. A call that succeeds
/// at once goes through as it is: no state, no delegate, nothing of the library that the repetition needs.
/// </summary>
/// <param name="inner">Where the calls go.</param>
/// <param name="retries">When to try again, and for how long.</param>
internal sealed class RetryingObjectStore(IObjectStore inner, RetryPipeline retries) : IObjectStore
{
    // What is compared at a time when an answer was lost: packs have 32 MiB, and memory is scarce just then.
    private const int PieceLength = 1 << 20;

    public string Location => inner.Location;

    public ValueTask<bool> PutNewAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ValueTask<bool> call = inner.PutNewAsync(name, content, cancellationToken);
        return call.IsCompletedSuccessfully ? call : PutNewAgainAsync(call, name, content, cancellationToken);
    }

    public ValueTask PutAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        ValueTask call = inner.PutAsync(name, content, cancellationToken);
        return call.IsCompletedSuccessfully ? call : PutAgainAsync(call, name, content, cancellationToken);
    }

    public ValueTask<byte[]?> GetAsync(string name, int maximumLength, CancellationToken cancellationToken)
    {
        ValueTask<byte[]?> call = inner.GetAsync(name, maximumLength, cancellationToken);
        return call.IsCompletedSuccessfully ? call : GetAgainAsync(call, name, maximumLength, cancellationToken);
    }

    public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ValueTask<int> call = inner.ReadAsync(name, offset, destination, cancellationToken);
        return call.IsCompletedSuccessfully ? call : ReadAgainAsync(call, name, offset, destination, cancellationToken);
    }

    public ValueTask<long> GetLengthAsync(string name, CancellationToken cancellationToken)
    {
        ValueTask<long> call = inner.GetLengthAsync(name, cancellationToken);
        return call.IsCompletedSuccessfully ? call : GetLengthAgainAsync(call, name, cancellationToken);
    }

    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => new RetryingListing(inner.ListAsync(prefix, cancellationToken), retries, prefix, cancellationToken);

    public ValueTask DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ValueTask call = inner.DeleteAsync(name, cancellationToken);
        return call.IsCompletedSuccessfully ? call : DeleteAgainAsync(call, name, cancellationToken);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    // A put that failed may have been done all the same, its answer lost. That an object is there by now says nothing then: only its bytes do. Records
    // are sealed with a salt of their own, and packs are, so that nobody else puts the same bytes.
    private ValueTask<bool> PutNewAgainAsync(ValueTask<bool> call, string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        FinishAsync(call, name, async token => await inner.PutNewAsync(name, content, token) || await HoldsAsync(name, content, token), cancellationToken);

    private async ValueTask PutAgainAsync(ValueTask call, string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        await FinishAsync(AnsweringAsync(call), name, token => AnsweringAsync(inner.PutAsync(name, content, token)), cancellationToken);

    private ValueTask<byte[]?> GetAgainAsync(ValueTask<byte[]?> call, string name, int maximumLength, CancellationToken cancellationToken) =>
        FinishAsync(call, name, token => inner.GetAsync(name, maximumLength, token), cancellationToken);

    private ValueTask<int> ReadAgainAsync(ValueTask<int> call, string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        FinishAsync(call, name, token => inner.ReadAsync(name, offset, destination, token), cancellationToken);

    private ValueTask<long> GetLengthAgainAsync(ValueTask<long> call, string name, CancellationToken cancellationToken) =>
        FinishAsync(call, name, token => inner.GetLengthAsync(name, token), cancellationToken);

    private async ValueTask DeleteAgainAsync(ValueTask call, string name, CancellationToken cancellationToken) =>
        await FinishAsync(AnsweringAsync(call), name, token => AnsweringAsync(inner.DeleteAsync(name, token)), cancellationToken);

    // The call may be under way still, as in a store that answers from afar, or have failed.
    private async ValueTask<T> FinishAsync<T>(ValueTask<T> call, string name, Func<CancellationToken, ValueTask<T>> again, CancellationToken cancellationToken)
    {
        StoreException failure;
        try
        {
            return await call;
        }
        catch (StoreException e) when (e.IsTransient)
        {
            failure = e;
        }

        try
        {
            return await retries.RepeatAsync(failure, name, again, cancellationToken);
        }
        catch (IOException e) when (e is FileNotFoundException or FileLoadException)
        {
            // What repeats could not be loaded: what has failed is what counts.
            throw failure;
        }
    }

    private static async ValueTask<bool> AnsweringAsync(ValueTask call)
    {
        await call;
        return true;
    }

    private async ValueTask<bool> HoldsAsync(string name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        if (await inner.GetLengthAsync(name, cancellationToken) != content.Length) return false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceLength);
        try
        {
            long offset = 0;
            foreach (ReadOnlyMemory<byte> segment in content)
            {
                for (ReadOnlyMemory<byte> rest = segment; !rest.IsEmpty;)
                {
                    ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, PieceLength)];
                    int count = await inner.ReadAsync(name, offset, buffer.AsMemory(0, piece.Length), cancellationToken);
                    if (count != piece.Length || !buffer.AsSpan(0, count).SequenceEqual(piece.Span)) return false;
                    offset += count;
                    rest = rest[piece.Length..];
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
