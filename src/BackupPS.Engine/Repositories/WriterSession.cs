using System.Buffers;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// That a writer is at work: the object <c>sessions/&lt;id&gt;</c>, and a heartbeat beside it. The id is also the name under which the
/// snapshot will be committed, so that a pruner can fence the writer off (DESIGN section 6).
/// </summary>
/// <remarks>
/// A run that stores nothing waits for the store's disk three times here, each for a reason. The session object must be durable although nobody needs the
/// session of a writer that has lost its power: store and writer may be two machines (NFS, SMB, a disk that is plugged in again), and after a loss of
/// power at the store alone the writer goes on; a pruner that no longer saw its session would not wait, and would delete what the writer relies on. The
/// snapshot is the commit. Only the deletion at the end could do without: a session that comes back has its snapshot, which is all that a pruner asks for.
/// But a deletion that does not wait would be a call of its own in every kind of store, to spare one wait for a folder that was made durable just before.
/// </remarks>
internal sealed class WriterSession : IAsyncDisposable
{
    // A pruner takes a session for dead after 48 h without a new heartbeat; one every 10 min leaves room for hours of lost calls.
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromMinutes(10);

    private readonly Repository repository;
    private readonly CancellationTokenSource stop = new();
    private readonly ITimer heartbeat;
    private Task beat = Task.CompletedTask;
    private int beats;
    private int beating;

    private WriterSession(Repository repository, string id, TimeProvider time)
    {
        this.repository = repository;
        Id = id;
        heartbeat = time.CreateTimer(static session => ((WriterSession)session!).Beat(), this, HeartbeatInterval, HeartbeatInterval);
    }

    public string Id { get; }

    /// <summary>Puts the session object. It must stand before the writer lists <c>retired/</c> and loads the index.</summary>
    public static async Task<WriterSession> BeginAsync(Repository repository, SessionRecord record, IdSource ids, TimeProvider time, CancellationToken cancellationToken)
    {
        string id = ids.Next();
        string name = RepositoryLayout.Session(id);
        byte[] bytes = repository.SealRecord(SealedType.Session, name, record, RepositoryJson.Default.SessionRecord);
        if (!await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken))
        {
            // The id is random: it can only be this session, whose first put was not answered, and which is gone or was fenced off before the next.
            throw new BackupException(BackupError.SessionFenced, $"The session {id} was fenced off while it began.", id);
        }

        return new WriterSession(repository, id, time);
    }

    /// <summary>
    /// Commits: a create-only put of the snapshot, the only commit point there is. The store repeats a call whose answer was lost with the same bytes,
    /// and finding them there is success.
    /// </summary>
    /// <exception cref="BackupException">The session was fenced off (<see cref="BackupError.SessionFenced"/>).</exception>
    public async Task CommitAsync(SnapshotRecord snapshot, CancellationToken cancellationToken)
    {
        string name = RepositoryLayout.Snapshot(Id);
        byte[] bytes = repository.SealRecord(SealedType.Snapshot, name, snapshot, RepositoryJson.Default.SnapshotRecord);
        if (!await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken))
        {
            throw Fenced();
        }
    }

    /// <summary>Before the commit: what this session relied on and is missing was deleted rightly, and is no damage, where the session was fenced off.</summary>
    /// <exception cref="BackupException">It was (<see cref="BackupError.SessionFenced"/>).</exception>
    public async Task ThrowIfFencedAsync(CancellationToken cancellationToken)
    {
        // Nothing but a tombstone can be there yet.
        if (await repository.Store.GetLengthAsync(RepositoryLayout.Snapshot(Id), cancellationToken) >= 0) throw Fenced();
    }

    /// <summary>Takes the session away: only when the outcome of its commit is known, or none was tried.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await StopHeartbeatAsync();
        if (beats > 0) await DeleteBeatsAsync(cancellationToken);
        await repository.Store.DeleteAsync(RepositoryLayout.Session(Id), cancellationToken);
    }

    /// <summary>Stops the heartbeat and leaves the session's objects as they are.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopHeartbeatAsync();
        stop.Dispose();
    }

    private BackupException Fenced() =>
        new(BackupError.SessionFenced, $"The session {Id} was fenced off: the repository was pruned while this run did not show life, and what it relied on may be gone.", Id);

    private async Task StopHeartbeatAsync()
    {
        // Most runs end before the first beat: nothing is cancelled then, and nobody has to catch it.
        if (Volatile.Read(ref beating) != 0) await stop.CancelAsync();
        await heartbeat.DisposeAsync();
        await beat;
    }

    private async Task DeleteBeatsAsync(CancellationToken cancellationToken)
    {
        string beatsOfThis = RepositoryLayout.Session(Id) + ".";
        await foreach (StoredObject item in repository.Store.ListAsync(RepositoryLayout.Sessions, cancellationToken))
        {
            // All but the last are gone already, unless a call was lost.
            if (item.Name.StartsWith(beatsOfThis, StringComparison.Ordinal)) await repository.Store.DeleteAsync(item.Name, cancellationToken);
        }
    }

    private void Beat()
    {
        // One that is still on its way after ten minutes shows life when it arrives.
        if (Interlocked.Exchange(ref beating, 1) == 0) beat = BeatAsync(stop.Token);
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        int number = beats++;
        string name = RepositoryLayout.Heartbeat(Id, number);
        byte[] bytes = SealedObject.Seal(repository.Keys, SealedType.Session, name, "{}"u8);
        try
        {
            await repository.Store.PutNewAsync(name, new ReadOnlySequence<byte>(bytes), cancellationToken);
            if (number > 0) await repository.Store.DeleteAsync(RepositoryLayout.Heartbeat(Id, number - 1), cancellationToken);
        }
        catch (Exception)
        {
            // A lost beat costs nothing: the next one shows life as well. Or the session ends.
        }
        finally
        {
            Volatile.Write(ref beating, 0);
        }
    }
}
