using BackupPS.Engine.Catalog;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations;

/// <summary>Keeps one run in the catalog. A catalog that cannot be used costs the record, never the run: it becomes a warning.</summary>
internal sealed class RunRecorder
{
    private readonly OperationContext context;
    private readonly RunCallbacks callbacks;
    private readonly StartedRun? run;
    private readonly long started;

    public RunRecorder(OperationContext context, RunCallbacks callbacks, RunStart start)
    {
        this.context = context;
        this.callbacks = callbacks;
        started = context.Time.GetTimestamp();
        Started = context.Now;
        try
        {
            run = context.Catalog.Runs.Begin(start with { HostName = Environment.MachineName });
        }
        catch (BackupException e)
        {
            callbacks.OnWarning?.Invoke($"This run is not recorded: {e.Message}");
        }

        RunId = run?.RunId ?? context.Ids.Next();
    }

    public string RunId { get; }

    /// <summary>When the run began (UTC).</summary>
    public DateTime Started { get; }

    public TimeSpan Elapsed => context.Time.GetElapsedTime(started);

    /// <summary>Runs the operation, and records how it ended.</summary>
    /// <param name="operation">Returns its result and what to record of it; the duration is filled in.</param>
    /// <param name="faults">The faults so far, for a run that fails.</param>
    public async Task<T> RunAsync<T>(FaultLog faults, Func<Task<(T Result, RunEnd End)>> operation)
    {
        try
        {
            (T result, RunEnd end) = await operation();
            End(end with { Duration = Elapsed });
            return result;
        }
        catch (OperationCanceledException)
        {
            End(Failure("Cancelled", faults, null, ""));
            throw;
        }
        catch (Exception e)
        {
            BackupException known = StoreErrors.Translate(e);
            End(Failure("Failed", faults, known.Error, known.Message));
            if (ReferenceEquals(known, e)) throw;
            throw known;
        }
    }

    private RunEnd Failure(string status, FaultLog faults, BackupError? error, string message) =>
        new() { Status = status, Duration = Elapsed, FaultCount = faults.Count, Faults = faults.Kept, Error = error, Message = message };

    private void End(RunEnd end)
    {
        if (run is null) return;
        try
        {
            context.Catalog.Runs.End(run, end);
        }
        catch (BackupException e)
        {
            callbacks.OnWarning?.Invoke($"The end of this run is not recorded: {e.Message}");
        }
    }
}
