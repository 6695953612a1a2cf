namespace BackupPS.Engine.Storage.Retrying;

/// <summary>
/// A listing that goes on after a failure in its middle: it is begun again and passed over up to the name that was handed out last, which the order of
/// names allows. What was put before the first beginning is shown; what changed since may be, as in any listing.
/// </summary>
/// <param name="listing">The listing as the store gives it; it can be enumerated anew.</param>
/// <param name="retries">When to try again, and for how long.</param>
/// <param name="prefix">What is listed.</param>
/// <param name="cancellationToken">The token that the listing was asked for with.</param>
internal sealed class RetryingListing(IAsyncEnumerable<StoredObject> listing, RetryPipeline retries, string prefix, CancellationToken cancellationToken) : IAsyncEnumerable<StoredObject>
{
    public IAsyncEnumerator<StoredObject> GetAsyncEnumerator(CancellationToken enumerationToken = default) => new Enumerator(listing, retries, prefix, cancellationToken, enumerationToken);

    private sealed class Enumerator(IAsyncEnumerable<StoredObject> listing, RetryPipeline retries, string prefix, CancellationToken listingToken, CancellationToken enumerationToken) : IAsyncEnumerator<StoredObject>
    {
        private IAsyncEnumerator<StoredObject>? items = listing.GetAsyncEnumerator(enumerationToken);

        public StoredObject Current { get; private set; }

        public ValueTask<bool> MoveNextAsync()
        {
            ValueTask<bool> call = items!.MoveNextAsync();
            return call.IsCompletedSuccessfully ? new ValueTask<bool>(Take(call.Result)) : FinishAsync(call);
        }

        public ValueTask DisposeAsync() => items?.DisposeAsync() ?? ValueTask.CompletedTask;

        private bool Take(bool more)
        {
            if (more) Current = items!.Current;
            return more;
        }

        private async ValueTask<bool> FinishAsync(ValueTask<bool> call)
        {
            StoreException failure;
            try
            {
                return Take(await call);
            }
            catch (StoreException e) when (e.IsTransient)
            {
                failure = e;
            }

            using var either = CancellationTokenSource.CreateLinkedTokenSource(listingToken, enumerationToken);
            return await retries.RepeatAsync(failure, prefix, BeginAgainAsync, either.Token);
        }

        private async ValueTask<bool> BeginAgainAsync(CancellationToken attempt)
        {
            await DisposeAsync();
            items = null;
            IAsyncEnumerator<StoredObject> anew = listing.GetAsyncEnumerator(enumerationToken);
            try
            {
                bool more;
                do
                {
                    attempt.ThrowIfCancellationRequested();
                    more = await anew.MoveNextAsync();
                }
                while (more && Current.Name is { } last && string.CompareOrdinal(anew.Current.Name, last) <= 0);
                items = anew;
                return Take(more);
            }
            finally
            {
                if (items is null) await anew.DisposeAsync();
            }
        }
    }
}
