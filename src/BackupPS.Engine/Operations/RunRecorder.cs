using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Operations;

/// <summary>
/// Keeps one run in the catalog, with its events. A catalog that cannot be used costs the record, never the run: it becomes a warning. The run begins with
/// the phase <c>Open</c>.
/// </summary>
internal sealed class RunRecorder
{
    private readonly OperationContext context;
    private readonly RunCallbacks callbacks;
    private readonly RunEvents events;
    private readonly long started;
    private StartedRun run;
    private Task<bool>? begun;

    /// <summary>A run begins now. Nothing is recorded before <see cref="Begin"/> or <see cref="RunAsync"/>.</summary>
    /// <param name="context">What operations stand on.</param>
    /// <param name="callbacks">Who is told of the run; <see cref="Callbacks"/> take their place.</param>
    /// <param name="start">What is known of it.</param>
    public RunRecorder(OperationContext context, RunCallbacks callbacks, RunStart start)
    {
        this.context = context;
        this.callbacks = callbacks;
        started = context.Time.GetTimestamp();
        run = context.Catalog.Runs.Prepare(start with { HostName = Environment.MachineName });
        events = new RunEvents(run.RunId, context.Time) { OnWarning = callbacks.OnWarning };
        Callbacks = events.Watch(callbacks);
        events.Add(BackupEventKind.Start, "", Describe(run.Start));
        events.Enter("Open");
    }

    public string RunId => run.RunId;

    /// <summary>The snapshot that the run has committed: its record names it, however the run ends. Empty: none yet.</summary>
    public string CommittedId { get; set; } = "";

    /// <summary>When the run began (UTC).</summary>
    public DateTime Started => run.Started;

    public TimeSpan Elapsed => context.Time.GetElapsedTime(started);

    /// <summary>How many calls to the store were repeated so far.</summary>
    public int Retries => events.Count(BackupEventKind.Retry);

    /// <summary>What the operation tells, to be recorded and told on.</summary>
    public RunCallbacks Callbacks { get; }

    /// <summary>
    /// Opens what the run works on. A run that fails at that is recorded: one that a schedule has started must not fail unseen. One that was asked for by
    /// the name of something that is not there has not begun.
    /// </summary>
    public async Task<T> OpenAsync<T>(Func<Task<T>> open)
    {
        try
        {
            return await open();
        }
        catch (Exception e)
        {
            if (TryBeginWithout(e)) await EndAsync(e);
            throw;
        }
    }

    /// <summary>Records that the run has begun, beside its next steps, which do not wait for the catalog's disk.</summary>
    /// <param name="repository">The repository's name, or its path where it has none.</param>
    /// <param name="repositoryId">Its id.</param>
    /// <param name="policyName">The policy; <see langword="null"/>: as it was known before.</param>
    public void Begin(string repository, string repositoryId, string? policyName = null)
    {
        run = run with { Start = run.Start with { Repository = repository, RepositoryId = repositoryId, PolicyName = policyName ?? run.Start.PolicyName } };
        begun = Task.Run(Record);
    }

    /// <summary>Runs the operation, and records how it ended.</summary>
    /// <param name="operation">Returns its result and what to record of it; duration, events and retries are filled in.</param>
    public async Task<T> RunAsync<T>(Func<Task<(T Result, RunEnd End)>> operation)
    {
        begun ??= Task.Run(Record);
        try
        {
            (T result, RunEnd end) = await operation();
            await EndAsync(end);
            return result;
        }
        catch (OperationCanceledException e)
        {
            await EndAsync(e);
            throw;
        }
        catch (Exception e)
        {
            await EndAsync(e);
            BackupException known = StoreErrors.Translate(e);
            if (ReferenceEquals(known, e)) throw;
            throw known;
        }
    }

    private static string Describe(RunStart start) =>
        $"{start.Operation}{(start.PolicyName.Length > 0 ? $", policy '{start.PolicyName}'" : "")}{(start.Repository.Length > 0 ? $", repository '{start.Repository}'" : "")}, process {Environment.ProcessId} on {start.HostName}";

    private bool TryBeginWithout(Exception e)
    {
        if (e is BackupException { Error: var error } && (error == BackupError.RepositoryNotFound || error == BackupError.PolicyNotFound || error == BackupError.SnapshotNotFound
            || error == BackupError.SnapshotAmbiguous || error == BackupError.InvalidArgument)) return false;
        try
        {
            string? repository = run.Start.Repository.Length > 0 ? run.Start.Repository : context.Catalog.Policies.Find(run.Start.PolicyName)?.Repository;
            if (repository is null) return false;
            RepositoryAddress address = context.Connections.Locate(repository);
            Begin(address.Reference, address.RepositoryId);
            return true;
        }
        catch (BackupException)
        {
            return false;
        }
    }

    private bool Record()
    {
        EventFile? file = null;
        string problem = "";
        try
        {
            file = context.Catalog.Events.CreateFile(run);
            events.WriteTo(file);
        }
        catch (Exception e)
        {
            problem = e.Message;
        }

        try
        {
            context.Catalog.Runs.Begin(run);
            if (file is { OpensMonth: true }) context.Catalog.Events.RemoveOld();
        }
        catch (Exception e)
        {
            callbacks.OnWarning?.Invoke($"This run is not recorded: {e.Message}");
            return false;
        }

        if (file is null) callbacks.OnWarning?.Invoke($"The events of this run are not written to a file: {problem}");
        return true;
    }

    private Task EndAsync(Exception cause)
    {
        int faultCount = events.Count(BackupEventKind.Fault);
        if (cause is OperationCanceledException) return EndAsync(new RunEnd { Status = "Cancelled", Duration = default, SnapshotId = CommittedId, FaultCount = faultCount });
        BackupException known = StoreErrors.Translate(cause);
        events.Add(BackupEventKind.Error, known.Target, known.Message, known.Error);
        return EndAsync(new RunEnd { Status = "Failed", Duration = default, SnapshotId = CommittedId, FaultCount = faultCount, Error = known.Error, Message = known.Message });
    }

    private async Task EndAsync(RunEnd end)
    {
        // The catalog may be usable by now; its record of the end is whole without that of the beginning, and holds the head of the history.
        bool told = !await begun!;

        // What the run was for is done by now, and nothing that is told of it takes that back.
        try
        {
            context.Catalog.Runs.End(run, end with { Duration = Elapsed, Events = events.End(end.Status), Retries = Retries });
        }
        catch (Exception e)
        {
            if (!told) callbacks.OnWarning?.Invoke($"The end of this run is not recorded: {e.Message}");
        }
    }
}
