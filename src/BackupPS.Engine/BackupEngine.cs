using System.Runtime.CompilerServices;
using BackupPS.Engine.Catalog;
using BackupPS.Engine.Operations;
using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Operations.Compare;
using BackupPS.Engine.Operations.Content;
using BackupPS.Engine.Operations.Optimize;
using BackupPS.Engine.Operations.Restore;
using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Operations.Snapshots;
using BackupPS.Engine.Operations.Verify;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Storage;

namespace BackupPS.Engine;

/// <summary>
/// The table of contents of the engine: one method per verb. Instances are safe for use from any number of threads.
/// Errors that end an operation are <see cref="BackupException"/>; what concerns one item goes to <see cref="RunCallbacks.OnFault"/>.
/// A repository is named by its registered name or by an absolute path.
/// </summary>
public sealed class BackupEngine : IAsyncDisposable
{
    private readonly OperationContext context;
    private readonly OpenSnapshots openSnapshots;

    /// <summary>Builds an engine; touches nothing yet.</summary>
    public BackupEngine(EngineOptions options)
        : this(options, PlatformFileSystem.Create(), FolderObjectStore.Open, FolderObjectStore.Create)
    {
    }

    /// <summary>The same on another file system, another kind of store and with packs of another length, for tests of faults.</summary>
    internal BackupEngine(EngineOptions options, IFileSystem fileSystem, Func<string, IObjectStore> openFolder, Func<string, IObjectStore> createFolder, int packLength = PackAssembler.PackLength)
    {
        ArgumentNullException.ThrowIfNull(options);
        var catalog = new CatalogDatabase(options.HomeFolder, options.TimeProvider);
        context = new OperationContext(options, catalog, new RepositoryConnections(catalog, options, openFolder, createFolder, packLength, Random.Shared.NextDouble), fileSystem, IdSource.Random);
        openSnapshots = new OpenSnapshots(context);
    }

    /// <summary>Everything that <see cref="CreateRepositoryAsync"/> would refuse before it writes; nothing changes.</summary>
    public Task CheckNewRepositoryAsync(CreateRepositoryRequest request, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            new RepositoryOperation(context).CheckCreate(request);
            return Task.CompletedTask;
        });

    /// <summary>Creates a repository, registers it where it has a name, and unlocks it for this engine.</summary>
    public Task<BackupRepository> CreateRepositoryAsync(CreateRepositoryRequest request, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).CreateAsync(request, cancellationToken));

    /// <summary>Unlocks the repository in a folder; with a name, registers it under that name (again, where the path has changed).</summary>
    /// <param name="name">The name; <see langword="null"/>: it is used by path only.</param>
    /// <param name="path">Absolute path of the folder; <see langword="null"/>: the one registered under the name.</param>
    /// <param name="secret">Opens it; <see langword="null"/>: the unattended secret.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<BackupRepository> ConnectRepositoryAsync(string? name, string? path, RepositorySecret? secret, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).ConnectAsync(name, path, secret, cancellationToken));

    /// <summary>Everything that <see cref="ConnectRepositoryAsync"/> would refuse; nothing changes.</summary>
    public Task CheckConnectionAsync(string? name, string? path, RepositorySecret? secret, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).CheckConnectAsync(name, path, secret, cancellationToken));

    /// <summary>Everything that <see cref="DisconnectRepositoryAsync"/> would refuse; nothing changes.</summary>
    public Task CheckDisconnectionAsync(string repository, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).CheckDisconnectAsync(repository, cancellationToken));

    /// <summary>Forgets the keys of a repository in this engine.</summary>
    public Task DisconnectRepositoryAsync(string repository, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            openSnapshots.Forget();
            return new RepositoryOperation(context).DisconnectAsync(repository, cancellationToken);
        });

    /// <summary>Registered repositories by name, in its order; unreachable ones too, with that status.</summary>
    public IAsyncEnumerable<BackupRepository> GetRepositoriesAsync(CancellationToken cancellationToken) =>
        Translate(new RepositoryOperation(context).ListAsync(cancellationToken), cancellationToken);

    /// <summary>One repository by name or path.</summary>
    public Task<BackupRepository> GetRepositoryAsync(string repository, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).GetAsync(repository, cancellationToken));

    /// <summary>Renames a registered repository, or points its name to another folder that holds the same repository.</summary>
    public Task<BackupRepository> UpdateRepositoryAsync(string repository, string? newName, string? newPath, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            openSnapshots.Forget();
            return new RepositoryOperation(context).UpdateAsync(repository, newName, newPath, cancellationToken);
        });

    /// <summary>Everything that <see cref="UpdateRepositoryAsync"/> would refuse; nothing changes.</summary>
    public Task CheckRepositoryUpdateAsync(string repository, string? newName, string? newPath, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).CheckUpdateAsync(repository, newName, newPath, cancellationToken));

    /// <summary>Forgets a repository; with <paramref name="deleteData"/>, deletes every object in it first.</summary>
    /// <param name="repository">Its name or path.</param>
    /// <param name="deleteData">Whether its objects are deleted.</param>
    /// <param name="orphansPolicies">Whether it may be the repository of policies, which then have none (<see cref="FindOrphansAsync"/>).</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">Among others <see cref="BackupError.RepositoryInUse"/>.</exception>
    public Task RemoveRepositoryAsync(string repository, bool deleteData, bool orphansPolicies, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            openSnapshots.Forget();
            return new RepositoryOperation(context).RemoveAsync(repository, deleteData, orphansPolicies, cancellationToken);
        });

    /// <summary>Everything that <see cref="RemoveRepositoryAsync"/> would refuse before it deletes; nothing changes.</summary>
    public Task CheckRepositoryRemovalAsync(string repository, bool deleteData, bool orphansPolicies, CancellationToken cancellationToken) =>
        Translate(() => new RepositoryOperation(context).CheckRemoveAsync(repository, deleteData, orphansPolicies, cancellationToken));

    /// <summary>The names of the policies that would have no repository any more if this one were removed.</summary>
    public Task<IReadOnlyList<string>> FindOrphansAsync(string repository, CancellationToken cancellationToken) =>
        Translate(() => Task.FromResult(new RepositoryOperation(context).FindOrphans(repository)));

    /// <summary>The id of this host, as its snapshots have it; <see langword="null"/> where it has made none yet.</summary>
    public Task<string?> FindHostIdAsync(CancellationToken cancellationToken) => Translate(() => Task.FromResult(context.FindKnownHostId()));

    /// <summary>Registers a policy. <see cref="BackupPolicy.RepositoryId"/>, Created and Modified are filled in; patterns, durations and the zone are checked.</summary>
    public Task<BackupPolicy> CreatePolicyAsync(BackupPolicy policy, CancellationToken cancellationToken) =>
        Translate(() => new PolicyOperation(context).CreateAsync(policy, cancellationToken));

    /// <summary>The policies in a file that <see cref="WritePolicyFileAsync"/> or a person has written, checked as <see cref="CreatePolicyAsync"/> does; nothing is registered.</summary>
    /// <param name="path">The file: JSON in UTF-8, an object or an array of objects with the properties of <see cref="BackupPolicy"/>, of at most 16 MiB.</param>
    /// <param name="repository">Takes the place of what the file says; <see langword="null"/>: nothing does.</param>
    /// <param name="onInvalid">Told of each policy that cannot be used, with line and column.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="BackupException">The file cannot be read, or is no such file (<see cref="BackupError.PolicyFileInvalid"/>, with line and column).</exception>
    public Task<IReadOnlyList<BackupPolicy>> ReadPolicyFileAsync(string path, string? repository, Action<BackupException> onInvalid, CancellationToken cancellationToken) =>
        Translate(() => new PolicyOperation(context).ReadFileAsync(path, repository, onInvalid, cancellationToken));

    /// <summary>What <see cref="WritePolicyFileAsync"/> would refuse; nothing is written.</summary>
    /// <exception cref="BackupException">As there.</exception>
    public static Task CheckPolicyFileAsync(string path, IReadOnlyCollection<BackupPolicy> policies, bool overwrite) =>
        Translate(() => Task.Run(() => PolicyOperation.CheckFile(path, policies, overwrite)));

    /// <summary>Writes policies into a file that people can keep and edit. It appears whole. What has its default is left out.</summary>
    /// <exception cref="BackupException">The file cannot be written, or is there and must not be overwritten (<see cref="BackupError.TargetConflict"/>).</exception>
    public static Task WritePolicyFileAsync(string path, IReadOnlyCollection<BackupPolicy> policies, bool overwrite, CancellationToken cancellationToken) =>
        Translate(() => PolicyOperation.WriteFileAsync(path, policies, overwrite, cancellationToken));

    /// <summary>Everything that <see cref="CreatePolicyAsync"/> or, where it is not new, <see cref="UpdatePolicyAsync"/> would refuse; nothing changes.</summary>
    public Task CheckPolicyAsync(BackupPolicy policy, bool isNew, CancellationToken cancellationToken) =>
        Translate(() => new PolicyOperation(context).CheckAsync(policy, isNew, cancellationToken));

    /// <summary>All policies, by name.</summary>
    public Task<IReadOnlyList<BackupPolicy>> GetPoliciesAsync(CancellationToken cancellationToken) =>
        Translate(() => Task.FromResult(context.Catalog.Policies.List()));

    /// <summary>Replaces the policy of that name by this one.</summary>
    public Task<BackupPolicy> UpdatePolicyAsync(BackupPolicy policy, CancellationToken cancellationToken) =>
        Translate(() => new PolicyOperation(context).UpdateAsync(policy, cancellationToken));

    /// <summary>Forgets a policy. Its snapshots stay.</summary>
    public Task RemovePolicyAsync(string policyName, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            context.Catalog.Policies.Remove(policyName);
            return Task.CompletedTask;
        });

    /// <summary>What <see cref="BackupAsync"/> would do; writes nothing.</summary>
    public Task<BackupPlan> PlanBackupAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new BackupOperation(context).PlanAsync(request, callbacks, cancellationToken));

    /// <summary>Makes one snapshot.</summary>
    public Task<BackupResult> BackupAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new BackupOperation(context).RunAsync(request, callbacks, cancellationToken));

    /// <summary>Snapshots, oldest first; with several repositories, one repository after the other.</summary>
    public IAsyncEnumerable<BackupSnapshot> GetSnapshotsAsync(SnapshotQuery query, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(new SnapshotOperation(context).ListAsync(query, callbacks, cancellationToken), cancellationToken);

    /// <summary>Changes tags (<see langword="null"/>: as they are) and hold (<see langword="null"/>: as it is).</summary>
    public Task<BackupSnapshot> UpdateSnapshotAsync(string repository, string snapshotId, IReadOnlyList<string>? tag, bool? hold, RepositorySecret? secret, CancellationToken cancellationToken) =>
        Translate(() => new SnapshotOperation(context).UpdateAsync(repository, snapshotId, tag, hold, secret, cancellationToken));

    /// <summary>Removes a snapshot. The space is freed by a later optimization.</summary>
    public Task RemoveSnapshotAsync(string repository, string snapshotId, RepositorySecret? secret, CancellationToken cancellationToken) =>
        RemoveSnapshotAsync(repository, snapshotId, secret, [], cancellationToken);

    /// <summary>The same, and gives up others by their ids that are missing or cannot be read, in the way of any removal.</summary>
    public Task RemoveSnapshotAsync(string repository, string snapshotId, RepositorySecret? secret, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken) =>
        Translate(() => new SnapshotOperation(context).RemoveAsync(repository, snapshotId, secret, abandon, cancellationToken));

    /// <summary>Whether a snapshot can be removed: throws what <see cref="RemoveSnapshotAsync(string, string, RepositorySecret?, IReadOnlyCollection{string}, CancellationToken)"/> would. Writes nothing.</summary>
    public Task PlanRemovalAsync(string repository, string snapshotId, RepositorySecret? secret, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken) =>
        Translate(() => new SnapshotOperation(context).PlanRemovalAsync(repository, snapshotId, secret, abandon, cancellationToken));

    /// <summary>What the retention rules of a policy do with each of its snapshots from this host, oldest first. Removes nothing: pass the ids that go to <see cref="RemoveSnapshotAsync(string, string, RepositorySecret?, CancellationToken)"/>.</summary>
    /// <param name="policyName">The policy.</param>
    /// <param name="secret">Opens the repository; <see langword="null"/>: the keys that this engine has, or the unattended secret.</param>
    /// <param name="measure">Whether it is found out what each removal frees, which reads the trees of all snapshots.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<IReadOnlyList<RetentionDecision>> PlanRetentionAsync(string policyName, RepositorySecret? secret, bool measure, CancellationToken cancellationToken) =>
        PlanRetentionAsync(policyName, secret, measure, [], cancellationToken);

    /// <summary>The same, as if the snapshots with some ids, which are missing or cannot be read, were given up.</summary>
    public Task<IReadOnlyList<RetentionDecision>> PlanRetentionAsync(string policyName, RepositorySecret? secret, bool measure, IReadOnlyCollection<string> abandon, CancellationToken cancellationToken) =>
        Translate(() => new SnapshotOperation(context).PlanRetentionAsync(policyName, secret, measure, abandon, cancellationToken));

    /// <summary>Items of a snapshot, a folder before what is in it, names in ordinal order.</summary>
    public IAsyncEnumerable<BackupItem> GetItemsAsync(ItemQuery query, CancellationToken cancellationToken) =>
        Translate(new ItemListing(context).RunAsync(query, cancellationToken), cancellationToken);

    /// <summary>
    /// The content of one file of a snapshot, as a stream that can seek and is read by one caller at a time. A read that comes to a blob which cannot be
    /// read throws the <see cref="BackupException"/> that a restore would report, with the path as target. The caller disposes of the stream: it holds
    /// the repository open.
    /// </summary>
    public Task<Stream> OpenContentAsync(ContentQuery query, CancellationToken cancellationToken) =>
        Translate(() => new ContentOpening(openSnapshots).RunAsync(query, cancellationToken));

    /// <summary>Opens a snapshot to look through it folder by folder; one that was used a moment ago is still open, and is had at once.</summary>
    /// <param name="repository">Name or absolute path of the repository.</param>
    /// <param name="snapshotId">The snapshot, or the beginning of its id; one that is open is known by the whole id.</param>
    /// <param name="secret">Opens the repository; <see langword="null"/>: the keys that this engine has, or the unattended secret.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public ValueTask<ISnapshotBrowser> BrowseSnapshotAsync(string repository, string snapshotId, RepositorySecret? secret, CancellationToken cancellationToken)
    {
        ValueTask<SnapshotBrowser> taken = openSnapshots.TakeAsync(repository, snapshotId, secret, cancellationToken);
        return taken.IsCompletedSuccessfully ? new ValueTask<ISnapshotBrowser>(taken.Result) : new ValueTask<ISnapshotBrowser>(Translate<ISnapshotBrowser>(async () => await taken));
    }

    /// <summary>Items of many snapshots: each distinct version once, with the snapshots that hold it; one host after the other, a folder before what is in it.</summary>
    /// <exception cref="BackupException">Nothing matches (<see cref="BackupError.ItemNotFound"/>).</exception>
    public IAsyncEnumerable<BackupItem> FindItemsAsync(ItemSearchQuery query, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(new ItemSearch(context).RunAsync(query, callbacks, cancellationToken), cancellationToken);

    /// <summary>What differs between two snapshots of a repository, or between one and the file system of this host; a folder before what is in it, names in ordinal order.</summary>
    public IAsyncEnumerable<BackupItemChange> CompareAsync(CompareQuery query, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(new CompareOperation(context).RunAsync(query, callbacks, cancellationToken), cancellationToken);

    /// <summary>How much space snapshots take in the repository, and what their removal would free; reads the trees of all snapshots.</summary>
    public IAsyncEnumerable<BackupSnapshotSize> MeasureSnapshotsAsync(MeasureQuery query, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(new SnapshotMeasure(context).RunAsync(query, callbacks, cancellationToken), cancellationToken);

    /// <summary>What <see cref="RestoreAsync"/> would do; writes nothing.</summary>
    public Task<RestorePlan> PlanRestoreAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new RestoreOperation(context).PlanAsync(request, callbacks, cancellationToken));

    /// <summary>Restores a snapshot, or some paths of it.</summary>
    public Task<RestoreResult> RestoreAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new RestoreOperation(context).RunAsync(request, callbacks, cancellationToken));

    /// <summary>Whether <see cref="RecoverRestoreAsync"/> would find anything to end; nothing changes.</summary>
    public Task CheckRecoveryAsync(string destination, CancellationToken cancellationToken) =>
        Translate(() =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            new UnfinishedRestores(context, new RestoreRecords(new HomeFolder(context.Options.HomeFolder))).FindOne(destination);
            return Task.CompletedTask;
        });

    /// <summary>Ends a restore in place that was interrupted in a destination: completes it, or puts everything back as it was.</summary>
    public Task<RestoreResult> RecoverRestoreAsync(string destination, bool complete, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new RecoveryOperation(context).RunAsync(destination, complete, callbacks, cancellationToken));

    /// <summary>Verifies a repository or some snapshots of it. Damage is in the report, and is no exception unless it hinders opening the repository.</summary>
    public Task<IntegrityReport> VerifyAsync(VerifyRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new VerifyOperation(context).RunAsync(request, callbacks, cancellationToken));

    /// <summary>What <see cref="OptimizeAsync"/> would do; writes nothing.</summary>
    public Task<OptimizePlan> PlanOptimizeAsync(OptimizeRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new OptimizeOperation(context).PlanAsync(request, callbacks, cancellationToken));

    /// <summary>Gives back the space of what no snapshot needs, beside backups of any number of hosts. What has to wait for one of them is left to a later call.</summary>
    public Task<MaintenanceResult> OptimizeAsync(OptimizeRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) =>
        Translate(() => new OptimizeOperation(context).RunAsync(request, callbacks, cancellationToken));

    /// <summary>Runs in the catalog, the latest first.</summary>
    /// <param name="policyName">Only those of this policy.</param>
    /// <param name="status">Only those with this status.</param>
    /// <param name="since">Only those that began then (UTC) or later.</param>
    /// <param name="last">Only the latest so many; 0: all.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<IReadOnlyList<BackupRun>> GetRunsAsync(string? policyName, string? status, DateTime? since, int last, CancellationToken cancellationToken) =>
        Translate(() => Task.FromResult(context.Catalog.Runs.List(policyName, status, since, last)));

    /// <summary>Events of runs, the oldest run first.</summary>
    public Task<IReadOnlyList<BackupEvent>> GetEventsAsync(EventQuery query, CancellationToken cancellationToken) =>
        Translate(() => Task.FromResult(context.Catalog.Events.List(query)));

    /// <summary>Names of registered repositories and of policies, for completion: from the catalog only, never an error.</summary>
    public (IReadOnlyList<string> Repositories, IReadOnlyList<string> Policies) GetKnownNames()
    {
        try
        {
            return ([.. context.Catalog.Repositories.List().Select(static r => r.Name)], [.. context.Catalog.Policies.List().Select(static p => p.PolicyName)]);
        }
        catch (BackupException)
        {
            return ([], []);
        }
    }

    /// <summary>Snapshots that were listed before, the latest first, for completion: from the catalog only, never an error.</summary>
    /// <param name="repository">Only those in the repository of this name; <see langword="null"/>: in every registered one.</param>
    /// <param name="policyName">Only those of this policy; <see langword="null"/>: of any and of none.</param>
    /// <param name="beginning">The beginning of their ids.</param>
    /// <param name="last">Only the latest so many.</param>
    public IReadOnlyList<BackupSnapshot> GetKnownSnapshots(string? repository, string? policyName, string beginning, int last)
    {
        try
        {
            return new SnapshotOperation(context).ListKnown(repository, policyName, beginning, last);
        }
        catch (Exception e) when (e is BackupException or IOException or FormatException)
        {
            return [];
        }
    }

    /// <summary>Forgets every key.</summary>
    public ValueTask DisposeAsync()
    {
        openSnapshots.Dispose();
        context.Connections.ForgetAll();
        return ValueTask.CompletedTask;
    }

    // Every error that leaves the engine is a row of the table, or a cancellation. The work leaves the caller's thread here, once: what is below may
    // then block it as disks do, and its asynchronous methods mostly end as they begin, which spares the run-time compiling how each would go on.
    private static async Task<T> Translate<T>(Func<Task<T>> operation)
    {
        try
        {
            return await Task.Run(operation);
        }
        catch (Exception e) when (e is not (BackupException or OperationCanceledException or ArgumentException))
        {
            throw StoreErrors.Translate(e);
        }
    }

    private static Task<bool> Translate(Func<Task> operation) => Translate(async () =>
    {
        await operation();
        return true;
    });

    private static async IAsyncEnumerable<T> Translate<T>(IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Once: to leave the caller's thread for each of thousands of items would cost more than the items.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await using IAsyncEnumerator<T> enumerator = items.GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(enumerator)) yield return enumerator.Current;
    }

    private static async ValueTask<bool> MoveNextAsync<T>(IAsyncEnumerator<T> enumerator)
    {
        try
        {
            return await enumerator.MoveNextAsync();
        }
        catch (Exception e) when (e is not (BackupException or OperationCanceledException or ArgumentException))
        {
            throw StoreErrors.Translate(e);
        }
    }
}
