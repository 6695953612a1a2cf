using BackupPS.Engine.Catalog;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Operations;

/// <summary>Keeps one run in the catalog. A catalog that cannot be used costs the record, never the run: it becomes a warning.</summary>
internal sealed class RunRecorder
{
    private readonly OperationContext context;
    private readonly RunCallbacks callbacks;
    private readonly StartedRun run;
    private readonly Task<bool> begun;
    private readonly long started;

    /// <summary>Begins a run. It is recorded beside the run's first steps, which do not wait for the catalog's disk.</summary>
    public RunRecorder(OperationContext context, RunCallbacks callbacks, RunStart start)
    {
        this.context = context;
        this.callbacks = callbacks;
        started = context.Time.GetTimestamp();
        Started = context.Now;
        run = context.Catalog.Runs.Prepare(start with { HostName = Environment.MachineName });
        begun = Task.Run(Begin);
    }

    public string RunId => run.RunId;

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
            await EndAsync(end with { Duration = Elapsed });
            return result;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(Failure("Cancelled", faults, null, ""));
            throw;
        }
        catch (Exception e)
        {
            BackupException known = StoreErrors.Translate(e);
            await EndAsync(Failure("Failed", faults, known.Error, known.Message));
            if (ReferenceEquals(known, e)) throw;
            throw known;
        }
    }

    private RunEnd Failure(string status, FaultLog faults, BackupError? error, string message) =>
        new() { Status = status, Duration = Elapsed, FaultCount = faults.Count, Faults = faults.Kept, Error = error, Message = message };

    private bool Begin()
    {
        try
        {
            context.Catalog.Runs.Begin(run);
            return true;
        }
        catch (BackupException e)
        {
            callbacks.OnWarning?.Invoke($"This run is not recorded: {e.Message}");
            return false;
        }
    }

    private async Task EndAsync(RunEnd end)
    {
        // The catalog may be usable by now; its record of the end is whole without that of the beginning, and holds the head of the history.
        bool told = !await begun;
        try
        {
            context.Catalog.Runs.End(run, end);
        }
        catch (BackupException e)
        {
            if (!told) callbacks.OnWarning?.Invoke($"The end of this run is not recorded: {e.Message}");
        }
    }
}
