namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>
/// Opens snapshots to be looked through, and keeps those that were used last open for a moment: whoever walks through one folder by folder asks for it
/// thousands of times, and opening it takes some milliseconds.
/// </summary>
internal sealed class OpenSnapshots : IDisposable
{
    // One that is read and one that it is compared with. Each may hold 24 MiB of segments.
    private const int MostIdle = 2;

    // Longer than a person takes from one command to the next while looking through folders, and short enough that a disk can soon be unmounted.
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(10);

    private readonly OperationContext context;
    private readonly Lock gate = new();
    private readonly List<OpenSnapshot> open = [];
    private readonly ITimer timer;

    public OpenSnapshots(OperationContext context)
    {
        this.context = context;
        timer = context.Time.CreateTimer(_ => CloseIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>One that is open already, or opened now; at once where it is.</summary>
    /// <param name="repository">Name or path of the repository.</param>
    /// <param name="snapshotId">The snapshot, or the beginning of its id.</param>
    /// <param name="secret">Opens the repository, always; <see langword="null"/>: the keys that this process has, or the unattended secret.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public ValueTask<SnapshotBrowser> TakeAsync(string repository, string snapshotId, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // After its keys were forgotten, a repository has to be opened again.
            OpenSnapshot? found = secret is null ? open.Find(s => s.IsKept && s.Reading.State.Record.Id == snapshotId && s.Repository == repository && context.Connections.IsUnlocked(s.Reading.RepositoryId)) : null;
            if (found is not null) return new ValueTask<SnapshotBrowser>(Lend(found));
        }

        return new ValueTask<SnapshotBrowser>(OpenAsync(repository, snapshotId, secret, cancellationToken));
    }

    /// <summary>One user more, of one that somebody uses.</summary>
    public SnapshotBrowser Share(OpenSnapshot snapshot)
    {
        lock (gate) return Lend(snapshot);
    }

    /// <summary>One user less.</summary>
    public void Return(OpenSnapshot snapshot)
    {
        lock (gate)
        {
            snapshot.Users--;
            snapshot.Returned = context.Time.GetTimestamp();
        }

        CloseIdle();
    }

    /// <summary>Closes what nobody uses, and the rest as soon as nobody does: its repository is locked, or goes elsewhere.</summary>
    public void Forget()
    {
        lock (gate) open.ForEach(static s => s.IsKept = false);
        CloseIdle();
    }

    public void Dispose()
    {
        Forget();
        timer.Dispose();
    }

    // The repository is open for longer than the call: what ends the call must end nothing that is done later.
    private async Task<SnapshotBrowser> OpenAsync(string repository, string snapshotId, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        Task<SnapshotBrowser> opening = Task.Run(() => OpenAsync(repository, snapshotId, secret), cancellationToken);
        try
        {
            return await opening.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = opening.ContinueWith(static late => late.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    private async Task<SnapshotBrowser> OpenAsync(string repository, string snapshotId, RepositorySecret? secret)
    {
        SnapshotReading reading = await SnapshotReading.OpenAsync(context, repository, secret, snapshotId, null, null, CancellationToken.None);
        lock (gate)
        {
            var opened = new OpenSnapshot(repository, reading, context.FileSystem.IgnoresCase);
            open.Add(opened);
            return Lend(opened);
        }
    }

    private SnapshotBrowser Lend(OpenSnapshot snapshot)
    {
        snapshot.Users++;
        return new SnapshotBrowser(this, snapshot, context.Time);
    }

    private void CloseIdle()
    {
        List<OpenSnapshot> closed;
        lock (gate)
        {
            List<OpenSnapshot> idle = [.. open.Where(static s => s.Users == 0).OrderByDescending(static s => s.Returned)];
            closed = [.. idle.Where((s, i) => !s.IsKept || i >= MostIdle || context.Time.GetElapsedTime(s.Returned) >= IdleLimit)];
            open.RemoveAll(closed.Contains);
            if (idle.Count > closed.Count) timer.Change(IdleLimit, Timeout.InfiniteTimeSpan);
        }

        // Elsewhere: a store that does not answer must not hold up whoever gave the snapshot back.
        foreach (OpenSnapshot snapshot in closed) _ = Task.Run(() => snapshot.DisposeAsync().AsTask());
    }
}
