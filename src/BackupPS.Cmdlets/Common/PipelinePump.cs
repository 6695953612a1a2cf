using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace BackupPS.Cmdlets;

/// <summary>
/// Runs asynchronous work on the thread pool while the pipeline thread, which alone may write to PowerShell's streams, carries out
/// the actions that the work posts.
/// </summary>
internal sealed class PipelinePump : IDisposable
{
    /// <summary>Between two looks at the progress: 5 updates a second.</summary>
    internal static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>How long work that was cancelled may take to end before it is left to itself: Ctrl-C promises 2 seconds in all.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(1500);

    private readonly BlockingCollection<Action> actions = [];
    private ExceptionDispatchInfo? refusal;
    private bool ended;

    /// <summary>Has the pipeline thread carry out an action; from any thread, never blocking. After the work has ended it is dropped.</summary>
    internal void Post(Action action)
    {
        try
        {
            actions.Add(action);
        }
        catch (InvalidOperationException)
        {
            // The run is over, or the pump is disposed of: nobody is there to see it.
        }
    }

    /// <summary>
    /// Starts the work and returns when it has ended and every action has been carried out. What an action throws, as where a stream's reader has enough,
    /// is thrown then: the work is never the poorer for how it is shown.
    /// </summary>
    /// <param name="work">What to do.</param>
    /// <param name="sample">Called on this thread at least every <see cref="SampleInterval"/>: a drive learns there that the pipeline is being stopped.</param>
    /// <param name="stop">The pipeline is being stopped, which ends the work.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> ended, whether or not the work has.</exception>
    internal void Run(Func<CancellationToken, Task> work, Action sample, CancellationToken stop)
    {
        // Not disposed of where the work is left to itself: it still holds the token.
        var run = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task task = Task.Run(() => work(run.Token), CancellationToken.None);
        // An action as the last word: CompleteAdding would throw inside of TryTake, and a first exception costs a short command some milliseconds.
        _ = task.ContinueWith(static (_, pump) => ((PipelinePump)pump!).Post(((PipelinePump)pump).End), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (!ended)
            {
                if (actions.TryTake(out Action? action, (int)SampleInterval.TotalMilliseconds, stop) && (refusal is null || action.Target == this)) Show(action);
                Show(sample);
            }
        }
        catch (OperationCanceledException)
        {
            Abandon(task, run);
            throw;
        }

        run.Dispose();
        task.GetAwaiter().GetResult();
        refusal?.Throw();
    }

    /// <summary>Cancels work and gives it a moment to end in order.</summary>
    internal static void Abandon(Task task, CancellationTokenSource run)
    {
        // CancelAsync: whoever registered on the token runs elsewhere, and cannot hold up the pipeline thread.
        _ = run.CancelAsync();
        _ = task.ContinueWith(static ended => ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        Task.WaitAny([task], Grace);
    }

    /// <inheritdoc/>
    public void Dispose() => actions.Dispose();

    private void End() => ended = true;

    // After PowerShell has refused one, it refuses all: the first is thrown.
    private void Show(Action action)
    {
#pragma warning disable CA1031 // It is thrown when the work has ended.
        try
        {
            action();
        }
        catch (Exception e)
        {
            refusal ??= ExceptionDispatchInfo.Capture(e);
        }
#pragma warning restore CA1031
    }
}
