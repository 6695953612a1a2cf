using BackupPS.Engine.Storage.Retrying;

namespace BackupPS.Engine.Operations;

/// <summary>
/// Tells of calls that a store repeats: each one to <see cref="RunCallbacks.OnRetry"/>, and a warning at the first of a burst, so that a run that stands still
/// for a while says why, and one over a shaky network does not drown in warnings. That it was in vain is told by the error that ends it.
/// </summary>
internal sealed class RetryNotice(string location, RunCallbacks callbacks, TimeProvider time)
{
    private readonly Lock gate = new();
    private long latest;
    private bool any;

    /// <summary>May be called from any thread.</summary>
    public void Tell(BackupRetry retry)
    {
        callbacks.OnRetry?.Invoke(retry);
        bool first;
        lock (gate)
        {
            // Nothing was repeated for as long as one call would have been: what comes now is another disturbance.
            first = !any || time.GetElapsedTime(latest) > RetryPipeline.Patience;
            any = true;
            latest = time.GetTimestamp();
        }

        if (first) callbacks.OnWarning?.Invoke($"The store at '{location}' has a disturbance that may pass; what fails is tried again for up to {RetryPipeline.Patience.TotalSeconds:0} s. {PathText.ToDisplay(retry.Reason)}");
    }
}
