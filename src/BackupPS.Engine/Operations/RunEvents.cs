using BackupPS.Engine.Catalog;

namespace BackupPS.Engine.Operations;

/// <summary>
/// Collects what happens in one run, and writes it to the run's file as it happens, so that a run that is killed leaves what it had come to. Safe for
/// any number of threads.
/// </summary>
/// <param name="runId">The run.</param>
/// <param name="time">The clock.</param>
internal sealed class RunEvents(string runId, TimeProvider time)
{
    /// <summary>Of each kind: enough to see what is wrong. A million files that cannot be read must fill neither memory nor catalog, nor wash away the rest.</summary>
    public const int MaximumOfKind = 1000;

    private readonly Lock gate = new();
    private readonly List<BackupEvent> kept = [];
    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly long began = time.GetTimestamp();
    private string phase = "";
    private long phaseBegan;
    private EventFile? file;
    private int written;
    private bool ended;

    /// <summary>Told when the file can no longer be written.</summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>How many events of a kind there were, kept or not.</summary>
    public int Count(string kind)
    {
        lock (gate) return counts.GetValueOrDefault(kind);
    }

    /// <summary>Callbacks that record what they are told, and tell it on.</summary>
    public RunCallbacks Watch(RunCallbacks callbacks) => callbacks with
    {
        OnPhase = name =>
        {
            Enter(name);
            callbacks.OnPhase?.Invoke(name);
        },
        OnFault = fault =>
        {
            Add(BackupEventKind.Fault, fault.Path, fault.Reason, fault.Error);
            callbacks.OnFault?.Invoke(fault);
        },
        OnRetry = retry =>
        {
            Change(() => Keep(BackupEventKind.Retry, retry.Path, retry.Reason, attempt: retry.Attempt, duration: retry.Delay));
            callbacks.OnRetry?.Invoke(retry);
        },
        OnMessage = text =>
        {
            Add(BackupEventKind.Message, "", text);
            callbacks.OnMessage?.Invoke(text);
        },
        OnWarning = text =>
        {
            Add(BackupEventKind.Warning, "", text);
            callbacks.OnWarning?.Invoke(text);
        },
    };

    /// <summary>Ends the phase under way, and begins another.</summary>
    public void Enter(string name) => Change(() =>
    {
        EndPhase();
        phase = name;
        phaseBegan = time.GetTimestamp();
        Keep(BackupEventKind.PhaseStart);
    });

    /// <summary>Something has happened.</summary>
    public void Add(string kind, string path, string message, BackupError? error = null) => Change(() => Keep(kind, path, message, error));

    /// <summary>From now on everything is written there as it happens, first what has happened so far. The file is closed at the end.</summary>
    public void WriteTo(EventFile events) => Change(() => file = events);

    /// <summary>The run has ended; what happens later is not recorded.</summary>
    /// <param name="status">How.</param>
    /// <returns>All that is to be kept.</returns>
    public IReadOnlyList<BackupEvent> End(string status)
    {
        Change(() =>
        {
            foreach ((string kind, int count) in counts.ToArray())
            {
                if (count > MaximumOfKind) Keep(BackupEventKind.Dropped, message: $"{count - MaximumOfKind} more events of the kind {kind} are not kept.");
            }

            EndPhase();
            Keep(BackupEventKind.End, message: status, duration: time.GetElapsedTime(began));
            ended = true;
        });
        try
        {
            file?.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            OnWarning?.Invoke($"The events of this run may not all be in its file: {e.Message}");
        }

        return kept;
    }

    private void Change(Action change)
    {
        string? problem = null;
        lock (gate)
        {
            if (ended) return;
            change();
            if (file is not null) problem = Write(file);
        }

        if (problem is not null) OnWarning?.Invoke($"The rest of the events of this run is not written to its file: {problem}");
    }

    // What cannot be written is in memory still, and comes into the catalog at the end.
    private string? Write(EventFile events)
    {
        try
        {
            events.Append(kept, written);
            written = kept.Count;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            events.Dispose();
            file = null;
            return e.Message;
        }
    }

    private void EndPhase()
    {
        if (phase.Length > 0) Keep(BackupEventKind.PhaseEnd, duration: time.GetElapsedTime(phaseBegan));
    }

    private void Keep(string kind, string path = "", string message = "", BackupError? error = null, int attempt = 0, TimeSpan duration = default)
    {
        int count = counts[kind] = counts.GetValueOrDefault(kind) + 1;
        if (count > MaximumOfKind) return;
        kept.Add(new BackupEvent
        {
            RunId = runId,
            Sequence = kept.Count + 1,
            Time = time.GetUtcNow().UtcDateTime,
            Phase = phase,
            Kind = kind,
            Path = path,
            ErrorId = error?.Id ?? "",
            Message = message,
            Attempt = attempt,
            Duration = duration,
        });
    }
}
