using System.Collections.Concurrent;
using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// A cmdlet over the asynchronous engine. The engine runs on the thread pool; only the pipeline thread writes to PowerShell.
/// What the engine throws arrives as <see cref="BackupException"/>; what PowerShell throws at a writer (a stopped pipeline, for one)
/// is never caught.
/// </summary>
public abstract class BackupCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource stopping = new();

    // What a preference of the caller would make an end of the command.
    private readonly List<Action> heldBack = [];

    private EngineCalls Calls => new(stopping.Token);

    /// <summary>The engine of the home folder that is current now.</summary>
    private protected static BackupEngine Engine => ModuleSession.Current.GetEngine();

    /// <summary>Paths of this session.</summary>
    private protected PathResolver Paths => new(SessionState);

    /// <summary>Whether a record that fails may be followed by others that do not.</summary>
    private protected virtual bool MoreRecordsMayFollow => MyInvocation.ExpectingInput;

    /// <summary>Refuses arguments that are nothing.</summary>
    protected override void BeginProcessing()
    {
        if (EmptyArgument.Find(GetType(), MyInvocation.BoundParameters) is { } record) ThrowTerminatingError(record);
    }

    /// <summary>Does the rest of the work (<see cref="Finish"/>), and shows what was held back until then.</summary>
    protected sealed override void EndProcessing()
    {
        Finish();
        foreach (Action write in heldBack) write();
    }

    /// <summary>After the last record.</summary>
    private protected virtual void Finish()
    {
    }

    /// <summary>Cancels what runs; on a thread of its own, while the pipeline thread waits in the pump.</summary>
    protected override void StopProcessing() => _ = stopping.CancelAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cancels what still runs: after <c>Select-Object -First</c> has had enough, EndProcessing is never called.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) _ = stopping.CancelAsync();
    }

    /// <summary>Runs an operation of the engine to its end.</summary>
    /// <exception cref="BackupException">It failed.</exception>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work) => Pump(work, new PipelinePump(), static () => { });

    /// <summary>Runs an operation of the engine to its end.</summary>
    /// <exception cref="BackupException">It failed.</exception>
    private protected void Await(Func<CancellationToken, Task> work) =>
        Await(async token =>
        {
            await work(token);
            return true;
        });

    /// <summary>Runs a long operation to its end, with progress; what it reports on the way goes to the streams.</summary>
    /// <param name="activity">What the progress bar says.</param>
    /// <param name="work">The operation.</param>
    /// <param name="onFault">What to do with a fault, on the pipeline thread; by default it is a non-terminating error (<see cref="WriteFault"/>).</param>
    /// <exception cref="BackupException">It failed.</exception>
    private protected T Await<T>(string activity, Func<RunCallbacks, CancellationToken, Task<T>> work, Action<BackupFault>? onFault = null)
    {
        var pump = new PipelinePump();
        var progress = new ProgressReporter(activity, WriteProgress, TimeProvider.System);
        RunCallbacks callbacks = Callbacks(pump.Post, progress, onFault);
        try
        {
            T result = Pump(token => work(callbacks, token), pump, progress.Sample);
            progress.Complete();
            return result;
        }
        catch (BackupException)
        {
            progress.Complete();
            throw;
        }
    }

    /// <summary>Hands on what the engine enumerates, one by one as it comes.</summary>
    /// <exception cref="BackupException">The enumeration failed; what came before has been handed on.</exception>
    private protected IEnumerable<T> Stream<T>(Func<CancellationToken, IAsyncEnumerable<T>> source) =>
        Stream((_, token) => source(token));

    /// <summary>Hands on what the engine enumerates, one by one as it comes; what it reports on the way goes to the streams.</summary>
    /// <param name="source">The enumeration.</param>
    /// <param name="onFault">What to do with a fault, on the pipeline thread; by default it is a non-terminating error.</param>
    /// <exception cref="BackupException">The enumeration failed; what came before has been handed on.</exception>
    private protected IEnumerable<T> Stream<T>(Func<RunCallbacks, CancellationToken, IAsyncEnumerable<T>> source, Action<BackupFault>? onFault = null) =>
        Stream(activity: null, source, onFault);

    /// <summary>The same for what may take long, with progress.</summary>
    /// <param name="activity">What the progress bar says; <see langword="null"/>: there is none.</param>
    /// <param name="source">The enumeration.</param>
    /// <param name="onFault">What to do with a fault, on the pipeline thread; by default it is a non-terminating error.</param>
    /// <exception cref="BackupException">The enumeration failed; what came before has been handed on.</exception>
    private protected IEnumerable<T> Stream<T>(string? activity, Func<RunCallbacks, CancellationToken, IAsyncEnumerable<T>> source, Action<BackupFault>? onFault = null)
    {
        ProgressReporter? progress = activity is null ? null : new ProgressReporter(activity, WriteProgress, TimeProvider.System);
        var reports = new ConcurrentQueue<Action>();
        RunCallbacks callbacks = Callbacks(reports.Enqueue, progress, onFault);
        return Calls.Stream(
            token => source(callbacks, token),
            () =>
            {
                while (reports.TryDequeue(out Action? report)) report();
                progress?.Sample();
            },
            () => progress?.Complete());
    }

    /// <summary>Does one record's work, and reports its failure as the contract says.</summary>
    /// <param name="target">What the work is about: the target of an error that names none.</param>
    /// <param name="work">The work, on the pipeline thread.</param>
    /// <param name="lastRecord">No other record follows, whatever the pipeline.</param>
    /// <returns>Whether it succeeded.</returns>
    private protected bool Guard(object target, Action work, bool lastRecord = false)
    {
        try
        {
            work();
            return true;
        }
        catch (BackupException e)
        {
            Fail(e, target, lastRecord);
            return false;
        }
    }

    /// <summary>Reports a failure as the contract says; returns when it is non-terminating.</summary>
    private protected void Fail(BackupException exception, object target, bool lastRecord = false)
    {
        // A command that was given nothing is about itself: every error has a target.
        ErrorRecord record = ErrorMapper.ToRecord(exception, target is "" ? MyInvocation.MyCommand.Name : target);
        if (ErrorMapper.IsTerminating(exception.Error, moreRecordsMayFollow: MoreRecordsMayFollow && !lastRecord)) ThrowTerminatingError(record);
        WriteError(record);
    }

    /// <summary>
    /// Writes a fault of a run, or what is wrong with one part of the work, as a non-terminating error. Where the caller's preference would end the
    /// command by it, that waits until all work is done: under <c>-ErrorAction Stop</c> a run commits what it can, emits its result, and then throws.
    /// </summary>
    private protected void WriteFault(ErrorRecord record) => Show("Error", () => WriteError(record));

    /// <summary>Tells a detail of a run, likewise.</summary>
    private protected void WriteDetail(string text) => Show("Verbose", () => WriteVerbose(text));

    /// <summary>What <c>-Repository</c> means: a registered name as it is, a path as an absolute one; <see langword="null"/> when it was not given.</summary>
    /// <exception cref="BackupException">It is empty, or the path is not one of a file system.</exception>
    private protected string? ResolveRepository(string? value) => value switch
    {
        null => null,
        "" => throw NamesNone("Repository"),
        _ => Paths.Repository(value, Engine.GetKnownNames().Repositories),
    };

    /// <summary>The error for a record whose property of that name is empty: nothing never means all.</summary>
    private protected static BackupException NamesNone(string property) =>
        new(BackupError.InvalidArgument, $"The record's {property} is empty, and empty does not mean all.", property);

    /// <summary>The policy of exactly that name.</summary>
    /// <exception cref="BackupException">There is none.</exception>
    private protected BackupPolicy FindPolicy(string name) =>
        Await(token => Engine.GetPoliciesAsync(token)).FirstOrDefault(policy => policy.PolicyName.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy '{name}'.", name);

    /// <summary>The repository of that name or path; a registered one that is out of reach is found all the same, with that status.</summary>
    /// <exception cref="BackupException">There is none, or it cannot be read.</exception>
    private protected BackupRepository FindRepository(string value)
    {
        string name = ResolveRepository(value)!;
        try
        {
            return Await(token => Engine.GetRepositoryAsync(name, token));
        }
        catch (BackupException)
        {
            foreach (BackupRepository repository in Stream(token => Engine.GetRepositoriesAsync(token)))
            {
                if (repository.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return repository;
            }

            throw;
        }
    }

    /// <summary>A time that the user gave, as UTC: one without a zone is local.</summary>
    private protected static DateTime? ToUtc(DateTime? time) => time?.ToUniversalTime();

    /// <summary>Whether nothing may change, by parameter or preference.</summary>
    private protected bool IsWhatIf => IsSet("WhatIf", "WhatIfPreference");

    /// <summary>Whether ShouldProcess will show or ask something, so that an exact plan is worth making.</summary>
    private protected bool ShowsPlan =>
        IsWhatIf || IsSet("Confirm", variable: null)
        || (GetVariableValue("ConfirmPreference") is ConfirmImpact preference && preference is not ConfirmImpact.None and <= ConfirmImpact.Medium && !MyInvocation.BoundParameters.ContainsKey("Confirm"));

    private RunCallbacks Callbacks(Action<Action> post, IProgress<OperationProgress>? progress, Action<BackupFault>? onFault)
    {
        onFault ??= fault => WriteFault(ErrorMapper.ToRecord(fault));
        return new RunCallbacks
        {
            Progress = progress,
            OnFault = fault => post(() => onFault(fault)),
            OnRetry = retry => post(() => WriteDetail(retry.ToString())),
            OnMessage = message => post(() => WriteDetail(message)),
            OnWarning = message => post(() => Show("Warning", () => WriteWarning(message))),
        };
    }

    private void Show(string stream, Action write)
    {
        if (MayEndCommand(stream)) heldBack.Add(write);
        else write();
    }

    // -Verbose is a switch, and says no more than yes or no.
    private bool MayEndCommand(string stream)
    {
        Dictionary<string, object> bound = MyInvocation.BoundParameters;
        if (bound.ContainsKey(stream)) return false;
        object? preference = bound.TryGetValue(stream + "Action", out object? said) ? said : GetVariableValue(stream + (stream == "Error" ? "ActionPreference" : "Preference"));
        return LanguagePrimitives.TryConvertTo(preference, out ActionPreference action) && action is ActionPreference.Stop or ActionPreference.Inquire;
    }

    private bool IsSet(string parameter, string? variable) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound) ? LanguagePrimitives.IsTrue(bound)
        : variable is not null && LanguagePrimitives.IsTrue(GetVariableValue(variable));

    private T Pump<T>(Func<CancellationToken, Task<T>> work, PipelinePump pump, Action sample)
    {
        try
        {
            return Calls.Run(work, pump, sample);
        }
        finally
        {
            ModuleSession.Current.EndCall();
        }
    }
}
