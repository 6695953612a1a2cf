using System.Runtime.CompilerServices;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Index;
using BackupPS.Engine.Policies;
using BackupPS.Engine.Repositories;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>Lists, annotates and removes snapshots, and applies retention to them.</summary>
internal sealed class SnapshotOperation(OperationContext context)
{
    public async IAsyncEnumerable<BackupSnapshot> ListAsync(SnapshotQuery query, RunCallbacks callbacks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // After a disaster, a policy of this host may be known by its snapshots alone.
        BackupPolicy? policy = string.IsNullOrEmpty(query.PolicyName) ? null : context.Catalog.Policies.Find(query.PolicyName);
        string? repository = query.Repository ?? policy?.Repository;
        string[] repositories = repository is not null ? [repository] : [.. context.Catalog.Repositories.List().Select(static r => r.Name)];
        string? ownId = context.FindKnownHostId();
        int found = 0, faults = 0;
        var latest = new LatestSnapshots(query, ownId, hasPolicy: policy is not null);
        foreach (string name in repositories)
        {
            IReadOnlyList<SnapshotState> all;
            string reference, id;
            try
            {
                await using ConnectedRepository connected = await context.Connections.OpenAsync(name, query.Secret, callbacks, cancellationToken);
                (reference, id) = (connected.Reference, connected.Id);
                all = await new SnapshotStore(connected.Repository, context.Time, new SnapshotRecordCache(context.Catalog.Snapshots, connected.Id)) { Memory = Memory(connected, keeps: true) }.ListAsync(new SnapshotSelection(HostId: null, query.PolicyName), e => callbacks.OnFault?.Invoke(new BackupFault(e.Error, e.Target, e.Message)), cancellationToken);
            }
            catch (BackupException e) when (repositories.Length > 1)
            {
                // One of several that is locked or out of reach does not hide the others.
                callbacks.OnFault?.Invoke(new BackupFault(e.Error, name, e.Message));
                faults++;
                continue;
            }

            foreach (SnapshotState state in all)
            {
                latest.HasOwn |= state.Record.HostId == ownId;
                if (!Matches(state, query, ownId)) continue;
                BackupSnapshot snapshot = state.ToModel(reference, id);
                found++;
                if (query.Last == 0) yield return snapshot;
                else latest.Add(snapshot, SnapshotAge.Effective(snapshot.Time.UtcDateTime, context.Now));
            }
        }

        // Of all repositories together, oldest first as without the limit.
        foreach (BackupSnapshot snapshot in latest.Take(callbacks.OnWarning)) yield return snapshot;
        if (found == 0 && query.SnapshotId is not null)
        {
            throw new BackupException(BackupError.SnapshotNotFound, $"No snapshot has an id that begins with '{query.SnapshotId}'.", query.SnapshotId);
        }

        if (found == 0 && faults == 0 && query.Repository is null && policy is null && !string.IsNullOrEmpty(query.PolicyName))
        {
            throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{query.PolicyName}' on this host, and no repository that is registered here has such snapshots of it.", query.PolicyName);
        }
    }

    /// <summary>What the catalog knows of snapshots, the latest first: no repository is unlocked or reached.</summary>
    public IReadOnlyList<BackupSnapshot> ListKnown(string? repository, string? policyName, string beginning, int last)
    {
        var known = new List<BackupSnapshot>();
        foreach (RegisteredRepository registered in context.Catalog.Repositories.List())
        {
            if (repository is not null && !string.Equals(registered.Name, repository, StringComparison.OrdinalIgnoreCase)) continue;
            foreach (KnownSnapshot snapshot in new SnapshotRecordCache(context.Catalog.Snapshots, registered.RepositoryId).Known(policyName, beginning))
            {
                known.Add(new SnapshotState(snapshot.Record!, snapshot.Note?.Tag ?? snapshot.Record!.Tag, snapshot.Note?.Hold ?? false, snapshot.NoteNumber).ToModel(registered.Name, registered.RepositoryId));
            }
        }

        known.Sort(static (a, b) => b.Time.CompareTo(a.Time));
        return known.Count <= last ? known : known.GetRange(0, last);
    }

    public async Task<BackupSnapshot> UpdateAsync(string repository, string snapshotId, IReadOnlyList<string>? tag, bool? hold, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        await using ConnectedRepository connected = await context.Connections.OpenForWritingAsync(repository, secret, RunCallbacks.None, cancellationToken);
        SnapshotStore snapshots = Store(connected);
        SnapshotState state = await snapshots.FindAsync(snapshotId, cancellationToken);
        bool same = (tag is null || tag.SequenceEqual(state.Tag, StringComparer.Ordinal)) && (hold is null || hold == state.Hold);
        if (!same || !await snapshots.IsSaidTwiceAsync(state, cancellationToken)) state = await snapshots.AnnotateAsync(state, tag, hold, cancellationToken);
        return state.ToModel(connected.Reference, connected.Id);
    }

    public async Task RemoveAsync(string repository, string snapshotId, RepositorySecret? secret, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken)
    {
        var run = new RunRecorder(context, RunCallbacks.None, new RunStart { Operation = "Retention", Repository = repository, RepositoryId = "" });
        await using ConnectedRepository connected = await run.OpenAsync(() => context.Connections.OpenForWritingAsync(repository, secret, run.Callbacks, cancellationToken));
        DeletionRule rule = CreateRule(connected, abandon, keeps: true);
        await rule.AbandonAsync(cancellationToken);
        SnapshotStore snapshots = Store(connected);
        SnapshotState state = await FindRemovableAsync(snapshots, rule, snapshotId, cancellationToken);
        run.Begin(connected.Reference, connected.Id, state.Record.PolicyName);
        await run.RunAsync(async () =>
        {
            run.Callbacks.OnPhase?.Invoke("Remove");
            await snapshots.RemoveAsync(state, cancellationToken);
            return (true, new RunEnd { Status = "Complete", Duration = run.Elapsed, SnapshotId = state.Record.Id });
        });
    }

    public async Task PlanRemovalAsync(string repository, string snapshotId, RepositorySecret? secret, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken)
    {
        await using ConnectedRepository connected = await context.Connections.OpenAsync(repository, secret, RunCallbacks.None, cancellationToken);
        await FindRemovableAsync(Store(connected), CreateRule(connected, abandon, keeps: false), snapshotId, cancellationToken);
    }

    public async Task<IReadOnlyList<RetentionDecision>> PlanRetentionAsync(string policyName, RepositorySecret? secret, bool measure, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken)
    {
        BackupPolicy policy = FindPolicy(policyName);
        await using ConnectedRepository connected = await context.Connections.OpenAsync(policy.Repository, secret, RunCallbacks.None, cancellationToken);

        // A snapshot that is missing or cannot be read might be the one that a rule should keep: nothing is decided then. One whose note cannot be read is held.
        await CreateRule(connected, abandon, keeps: false).AskAsync(cancellationToken);
        IReadOnlyList<SnapshotState> all = await Store(connected).ListAsync(onDamage: static _ => { }, cancellationToken);
        string? hostId = context.FindKnownHostId();
        List<BackupSnapshot> own = [.. all
            .Where(s => s.Record.HostId == hostId && string.Equals(s.Record.PolicyName, policy.PolicyName, StringComparison.OrdinalIgnoreCase))
            .Select(s => s.ToModel(connected.Reference, connected.Id))];
        if (own.Count == 0) return [];
        IReadOnlySet<string> verified = context.Catalog.Runs.ListVerified(connected.Id);
        IReadOnlyList<RetentionDecision> decisions = RetentionSelector.Select(own, RetentionRules.From(policy), PolicyTimeZone.Find(policy.TimeZone), context.Time.GetUtcNow(), s => verified.Contains(s.SnapshotId));
        return measure ? await MeasureAsync(connected.Repository, all, decisions, cancellationToken) : decisions;
    }

    private static async Task<SnapshotState> FindRemovableAsync(SnapshotStore snapshots, DeletionRule rule, string snapshotId, CancellationToken cancellationToken)
    {
        await rule.AskAsync(cancellationToken);
        SnapshotState state = await snapshots.FindAsync(snapshotId, cancellationToken);
        return state.Hold ? throw new BackupException(BackupError.SnapshotHeld, $"The snapshot {state.Record.Id} has a hold.", state.Record.Id) : state;
    }

    private static async Task<IReadOnlyList<RetentionDecision>> MeasureAsync(Repository repository, IReadOnlyList<SnapshotState> all, IReadOnlyList<RetentionDecision> decisions, CancellationToken cancellationToken)
    {
        Dictionary<string, SnapshotRecord> records = all.ToDictionary(static s => s.Record.Id, static s => s.Record, StringComparer.Ordinal);
        List<SnapshotRecord> removed = [.. decisions.Where(static d => d.Action == "Remove").Select(d => records[d.SnapshotId])];
        if (removed.Count == 0) return decisions;
        (Repository reading, BlobIndex index) = await FreedSpace.LoadAsync(repository, cancellationToken);
        Dictionary<string, long> freed = await FreedSpace.MeasureAsync(reading, index, records.Values, removed, onSnapshot: null, cancellationToken);
        return [.. decisions.Select(d => new RetentionDecision { SnapshotId = d.SnapshotId, Repository = d.Repository, PolicyName = d.PolicyName, HostName = d.HostName, Time = d.Time, Action = d.Action, Reason = d.Reason, BytesFreed = freed.GetValueOrDefault(d.SnapshotId) })];
    }

    // With what this host has seen of notes, so that a lost one does not drop a hold.
    private SnapshotStore Store(ConnectedRepository connected) => new(connected.Repository, context.Time) { Memory = Memory(connected, keeps: true) };

    private DeletionRule CreateRule(ConnectedRepository connected, IReadOnlyCollection<string> abandon, bool keeps) => new(connected.Repository, context.Time, Memory(connected, keeps), abandon);

    private CatalogSnapshotMemory Memory(ConnectedRepository connected, bool keeps) => new(context.Catalog.Seen, connected.Id, keeps, onWarning: null);

    private BackupPolicy FindPolicy(string policyName) =>
        context.Catalog.Policies.Find(policyName) ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{policyName}'.", policyName);

    private static bool Matches(SnapshotState state, SnapshotQuery query, string? ownId)
    {
        SnapshotRecord record = state.Record;
        return (query.SnapshotId is null || record.Id.StartsWith(query.SnapshotId, StringComparison.OrdinalIgnoreCase))
            && (query.Hosts is null || query.Hosts.Has(record.HostId, record.HostName, ownId))
            && (query.Since is null || record.Time >= query.Since)
            && (query.Until is null || record.Time <= query.Until)
            && (query.Tag.Count == 0 || query.Tag.All(t => state.Tag.Contains(t, StringComparer.OrdinalIgnoreCase)));
    }
}
