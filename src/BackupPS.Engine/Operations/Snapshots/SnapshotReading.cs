using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>A snapshot that is being read: its repository, its record, and readers of its blobs and trees.</summary>
internal sealed class SnapshotReading : IAsyncDisposable
{
    private readonly ConnectedRepository connected;

    private SnapshotReading(ConnectedRepository connected, SnapshotState state, BlobReader blobs)
    {
        this.connected = connected;
        State = state;
        Blobs = blobs;
        Trees = new TreeReader(blobs);
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
    /// <param name="snapshotId">The snapshot, or the beginning of its id; <see langword="null"/>: the policy's latest.</param>
    /// <param name="policyName">The policy.</param>
    /// <param name="at">With the policy: the latest at this time (UTC).</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <param name="keepsIndex">Whether what is read of the index is kept for the next command: not by what must not change a byte.</param>
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
                : await FindLatestAsync(context, connected, policyName!, at, hosts ?? HostSelection.Own, cancellationToken);
            BlobIndex index = await IndexLoader.LoadForReadingAsync(connected.Repository, scanPacks: false, onDamage: null, cancellationToken);
            return new SnapshotReading(connected, state, new BlobReader(connected.Repository, index) { ScansPacks = true });
        }
        catch
        {
            await connected.DisposeAsync();
            throw;
        }
    }

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
        Blobs.Dispose();
        await connected.DisposeAsync();
    }

    // What the catalog says of others is enough to choose by; the chosen one is read and proved.
    private static async Task<SnapshotState> FindLatestAsync(OperationContext context, ConnectedRepository connected, string policyName, DateTime? at, HostSelection hosts, CancellationToken cancellationToken)
    {
        var snapshots = new SnapshotStore(connected.Repository, context.Time, new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id));
        DateTime now = context.Now;
        string? ownId = context.FindKnownHostId();
        var others = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        SnapshotRecord? latest = null;
        foreach (SnapshotRecord record in await snapshots.ListRecordsAsync(new SnapshotSelection(HostId: null, policyName), onDamage: null, cancellationToken))
        {
            if (!hosts.Has(record.HostId, record.HostName, ownId))
            {
                others.Add(record.HostName);
                continue;
            }

            // Of two with one time the later in the list counts.
            bool counts = at is null
                ? latest is null || SnapshotAge.Effective(record.Time, now) >= SnapshotAge.Effective(latest.Time, now)
                : record.Time <= at;
            if (counts) latest = record;
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
}
