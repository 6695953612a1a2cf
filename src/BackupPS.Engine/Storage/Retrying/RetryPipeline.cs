using System.Globalization;
using Polly;
using Polly.Retry;

namespace BackupPS.Engine.Storage.Retrying;

/// <summary>
/// Repeats one call after it has failed, with growing pauses. Nothing of Polly is in a field or a signature here, so that its code is compiled when something
/// first fails: most processes never need it. Its library is loaded before (<see cref="RetryLibrary"/>).
/// </summary>
/// <param name="time">The clock of the pauses.</param>
/// <param name="random">Draws from 0 to 1, for the pauses: hosts that lost one store together must not come back to it together.</param>
/// <param name="onRetry">Told of each repetition, before its pause.</param>
/// <param name="stopped">The operation's own token: after it is cancelled nothing is repeated, not even for a call that has no token because it tidies up.</param>
internal sealed class RetryPipeline(TimeProvider time, Func<double> random, Action<BackupRetry> onRetry, CancellationToken stopped)
{
    /// <summary>
    /// How long after its first failure a call is begun again: longer than what passes by itself usually takes (a switch that restarts and a server that fails over are
    /// back within 30 to 45 s), and short enough that a store that is gone is told while somebody still waits. A call's own time comes on top.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A busy server, or a limit that other processes have used up, passes within a fraction of a second.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.2);

    // Longer ones would sleep through most of the patience: some ten attempts fit into it.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Repeats a call until it succeeds, fails for good, or patience ends.</summary>
    /// <param name="failure">How it has failed.</param>
    /// <param name="path">What it is about.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends it at once, also in a pause.</param>
    /// <exception cref="StoreException">The last failure.</exception>
    public async ValueTask<T> RepeatAsync<T>(StoreException failure, string path, Func<CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        StoreException latest = failure;
        int repetitions = 0;
        var options = new RetryStrategyOptions
        {
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is StoreException { IsTransient: true } && time.GetElapsedTime(began) < Patience),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstPause,
            MaxDelay = LongestPause,
            Randomizer = random,
            OnRetry = args =>
            {
                latest = (StoreException)args.Outcome.Exception!;
                onRetry(new BackupRetry(path, ++repetitions, args.RetryDelay, latest.Message));
                return ValueTask.CompletedTask;
            },
        };
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(options).Build();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopped);
        try
        {
            // The failure that is known already is the first outcome.
            return await pipeline.ExecuteAsync(token => repetitions == 0 ? ValueTask.FromException<T>(failure) : call(token), either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The operation is over; this call was not what ended it, and says what hinders it.
            throw latest;
        }
        catch (StoreException e) when (e.IsTransient)
        {
            string tries = string.Create(CultureInfo.InvariantCulture, $"It was tried {repetitions + 1} times within {time.GetElapsedTime(began).TotalSeconds:0} s.");
            throw new StoreException(e.Failure, $"{e.Message} {tries}", e);
        }
    }
}
