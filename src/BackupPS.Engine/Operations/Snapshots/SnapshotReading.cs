using System.Collections.Concurrent;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>A snapshot that is being read: its repository, its record, and readers of its blobs and trees.</summary>
internal sealed class SnapshotReading : IAsyncDisposable
{
    private readonly ConnectedRepository connected;
    private readonly KnownDamage? damage;
    private readonly ConcurrentDictionary<string, bool> damaged = new(StringComparer.Ordinal);

    private SnapshotReading(ConnectedRepository connected, SnapshotState state, BlobIndex index, KnownDamage? damage)
    {
        this.connected = connected;
        this.damage = damage;
        State = state;
        Blobs = new BlobReader(connected.Repository, index) { ScansPacks = true, OnDamage = (pack, _) => damaged.TryAdd(pack, true) };
        Trees = new TreeReader(Blobs);
    }

    public SnapshotState State { get; }

    public BlobReader Blobs { get; }

    public TreeReader Trees { get; }

    public Repository Repository => connected.Repository;

    public string Reference => connected.Reference;

    public string RepositoryId => connected.Id;

    public BlobId Root => BlobId.Parse(State.Record.Root);

    /// <summary>Opens the repository, finds the snapshot and loads the index.</summary>
    /// <param name="context">What operations stand on.</param>
    /// <param name="repository">Name or path; <see langword="null"/>: that of the policy.</param>
    /// <param name="secret">Unlocks it.</param>
    /// <param name="snapshotId">The snapshot, or the beginning of its id; <see langword="null"/>: the policy's latest that is Complete, or, where none is, the latest.</param>
    /// <param name="policyName">The policy.</param>
    /// <param name="at">With the policy: the latest at this time (UTC).</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="keepsIndex">Whether what is read of the index, and what turns out to be damaged, is kept for the next command: not by what must not change a byte.</param>
    /// <param name="callbacks">Told of calls to the store that are repeated.</param>
    /// <param name="hosts">With the policy: whose snapshots count; <see langword="null"/>: this host's.</param>
    public static async Task<SnapshotReading> OpenAsync(OperationContext context, string? repository, RepositorySecret? secret, string? snapshotId, string? policyName, DateTime? at, CancellationToken cancellationToken, bool keepsIndex = true, RunCallbacks? callbacks = null, HostSelection? hosts = null)
    {
        repository ??= policyName is null
            ? throw new BackupException(BackupError.InvalidArgument, "Neither a repository nor a policy was named.")
            : (context.Catalog.Policies.Find(policyName) ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{policyName}' on this host, and no repository was named to look for its snapshots.", policyName)).Repository;
        ConnectedRepository connected = await context.Connections.OpenAsync(repository, secret, callbacks ?? RunCallbacks.None, cancellationToken);
        if (!keepsIndex) connected = connected with { Repository = connected.Repository.With(connected.Repository.IndexCache.ReadOnly()) };
        try
        {
            var snapshots = new SnapshotStore(connected.Repository, context.Time);
            SnapshotState state = snapshotId is not null
                ? await snapshots.FindAsync(snapshotId, cancellationToken)
                : await FindLatestAsync(context, connected, policyName!, at, hosts ?? HostSelection.Own, callbacks ?? RunCallbacks.None, cancellationToken);
            BlobIndex index = await IndexLoader.LoadForReadingAsync(connected.Repository, scanPacks: false, e => callbacks?.OnWarning?.Invoke($"{e.Message} What only it lists is looked for in the packs themselves."), cancellationToken);
            return new SnapshotReading(connected, state, index, keepsIndex ? new KnownDamage(context, connected.Id, callbacks ?? RunCallbacks.None) : null);
        }
        catch
        {
            await connected.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same for a restore.</summary>
    public static Task<SnapshotReading> OpenAsync(
        OperationContext context,
        RestoreRequest request,
        bool keepsIndex,
        RunCallbacks callbacks,
        CancellationToken cancellationToken) =>
        OpenAsync(
            context,
            request.Repository,
            request.Secret,
            request.SnapshotId,
            request.PolicyName,
            request.At,
            cancellationToken,
            keepsIndex,
            callbacks,
            request.Hosts);

    /// <summary>For the story of a run: which snapshot it is, of what and of when.</summary>
    public string Describe()
    {
        SnapshotRecord record = State.Record;
        return $"Snapshot {record.Id} in '{Reference}' holds {string.Join(", ", record.Source.Select(static s => PathText.ToDisplay(PathText.Unescape(s))))} of {PathText.ToDisplay(record.HostName)} at {record.Time:u}{(record.PolicyName.Length > 0 ? $", policy {record.PolicyName}" : "")}: {record.FileCount} files, {record.Bytes} bytes, {record.Status}";
    }

    /// <summary>What to say of a blob that is not there: if the snapshot itself is gone, that is the reason.</summary>
    public Task<BackupException> ExplainAsync(BackupException e, TimeProvider time, CancellationToken cancellationToken) => ExplainAsync(e, State.Record.Id, time, cancellationToken);

    /// <summary>The same of a blob that another snapshot of the repository needs.</summary>
    public async Task<BackupException> ExplainAsync(BackupException e, string snapshotId, TimeProvider time, CancellationToken cancellationToken)
    {
        if (e.Error != BackupError.BlobMissing && e.Error != BackupError.ObjectMissing) return e;
        bool exists = await new SnapshotStore(Repository, time).ExistsAsync(snapshotId, cancellationToken);
        return exists ? e : new BackupException(BackupError.SnapshotRemoved, $"The snapshot {snapshotId} was removed while it was read.", snapshotId, e);
    }

    public async ValueTask DisposeAsync()
    {
        if (!damaged.IsEmpty) damage?.Update([.. damaged.Keys], []);
        Blobs.Dispose();
        await connected.DisposeAsync();
    }

    // What the catalog says of others is enough to choose by; the chosen one is read and proved.
    private static async Task<SnapshotState> FindLatestAsync(OperationContext context, ConnectedRepository connected, string policyName, DateTime? at, HostSelection hosts, RunCallbacks callbacks, CancellationToken cancellationToken)
    {
        var snapshots = new SnapshotStore(connected.Repository, context.Time, new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id));
        DateTime now = context.Now;
        string? ownId = context.FindKnownHostId();
        var others = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        SnapshotRecord? latest = null, complete = null;
        foreach (SnapshotRecord record in await snapshots.ListRecordsAsync(new SnapshotSelection(HostId: null, policyName), e => callbacks.OnWarning?.Invoke($"{e.Message} Whether it is a later snapshot of '{policyName}' is not known."), cancellationToken))
        {
            if (!hosts.Has(record.HostId, record.HostName, ownId))
            {
                others.Add(record.HostName);
                continue;
            }

            // Of two with one time the later in the list counts.
            if (at is null ? IsLater(record, latest, now) : record.Time <= at) latest = record;
            if (record.Status == "Complete" && IsLater(record, complete, now)) complete = record;
        }

        // Who asks for a time gets what there was then.
        if (at is null && latest is not null && complete is not null && latest.Id != complete.Id)
        {
            callbacks.OnWarning?.Invoke($"The latest snapshot of '{policyName}', {latest.Id} of {latest.Time:u}, is {latest.Status}. The latest that is Complete is taken: {complete.Id} of {complete.Time:u}. Name the other by its id to restore what it has.");
            latest = complete;
        }

        if (latest is not null) return await snapshots.FindAsync(latest.Id, cancellationToken);
        if (others.Count > 0)
        {
            string whose = hosts == HostSelection.Own ? $"this host, '{context.Options.Machine().HostName}'" : "the named hosts";
            throw new BackupException(BackupError.OtherHost, $"The policy '{policyName}' has snapshots in '{connected.Reference}'{(at is null ? "" : $" at {at:u}")}, but none of {whose}: {(hosts == HostSelection.Own && others.Contains(context.Options.Machine().HostName) ? "they were made with another installation of BackupPS, on" : "they were made on")} {string.Join(", ", others.Select(PathText.ToDisplay))}.", policyName);
        }

        throw new BackupException(BackupError.SnapshotNotFound, at is null
            ? $"The policy '{policyName}' has no snapshot in '{connected.Reference}'."
            : $"The policy '{policyName}' has no snapshot in '{connected.Reference}' at {at:u}.", policyName);
    }

    private static bool IsLater(SnapshotRecord record, SnapshotRecord? than, DateTime now) =>
        than is null || SnapshotAge.Effective(record.Time, now) >= SnapshotAge.Effective(than.Time, now);
}
