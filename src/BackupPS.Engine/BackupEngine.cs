namespace BackupPS.Engine;

/// <summary>
/// The table of contents of the engine: one method per verb. Instances are safe for use from any number of threads.
/// Errors that end an operation are <see cref="BackupException"/>; what concerns one item goes to <see cref="RunCallbacks.OnFault"/>.
/// A repository is named by its registered name or by an absolute path.
/// </summary>
public sealed class BackupEngine : IAsyncDisposable
{
    /// <summary>Builds an engine; touches nothing yet.</summary>
    public BackupEngine(EngineOptions options) => throw new NotImplementedException();

    /// <summary>Creates a repository, registers it where it has a name, and unlocks it for this engine.</summary>
    public Task<BackupRepository> CreateRepositoryAsync(CreateRepositoryRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Unlocks the repository in a folder; with a name, registers it under that name (again, where the path has changed).</summary>
    public Task<BackupRepository> ConnectRepositoryAsync(string? name, string? path, RepositorySecret? secret, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Forgets the keys of a repository in this engine.</summary>
    public Task DisconnectRepositoryAsync(string repository, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Registered repositories by name, in its order; unreachable ones too, with that status.</summary>
    public IAsyncEnumerable<BackupRepository> GetRepositoriesAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>One repository by name or path.</summary>
    public Task<BackupRepository> GetRepositoryAsync(string repository, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Renames a registered repository, or points its name to another folder that holds the same repository.</summary>
    public Task<BackupRepository> UpdateRepositoryAsync(string repository, string? newName, string? newPath, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Forgets a repository; with <paramref name="deleteData"/>, deletes every object in it first.</summary>
    public Task RemoveRepositoryAsync(string repository, bool deleteData, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Registers a policy. <see cref="BackupPolicy.RepositoryId"/>, Created and Modified are filled in; patterns, durations and the zone are checked.</summary>
    public Task<BackupPolicy> CreatePolicyAsync(BackupPolicy policy, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>All policies, by name.</summary>
    public Task<IReadOnlyList<BackupPolicy>> GetPoliciesAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Replaces the policy of that name by this one.</summary>
    public Task<BackupPolicy> UpdatePolicyAsync(BackupPolicy policy, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Forgets a policy. Its snapshots stay.</summary>
    public Task RemovePolicyAsync(string policyName, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What <see cref="BackupAsync"/> would do; writes nothing.</summary>
    public Task<BackupPlan> PlanBackupAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes one snapshot.</summary>
    public Task<BackupResult> BackupAsync(BackupRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Snapshots, oldest first; with several repositories, one repository after the other.</summary>
    public IAsyncEnumerable<BackupSnapshot> GetSnapshotsAsync(SnapshotQuery query, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Changes tags (<see langword="null"/>: as they are) and hold (<see langword="null"/>: as it is).</summary>
    public Task<BackupSnapshot> UpdateSnapshotAsync(string repository, string snapshotId, IReadOnlyList<string>? tag, bool? hold, RepositorySecret? secret, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Removes a snapshot. The space is freed by a later optimization.</summary>
    public Task RemoveSnapshotAsync(string repository, string snapshotId, RepositorySecret? secret, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What the retention rules of a policy do with each of its snapshots from this host, oldest first. Removes nothing: pass the ids that go to <see cref="RemoveSnapshotAsync"/>.</summary>
    public Task<IReadOnlyList<RetentionDecision>> PlanRetentionAsync(string policyName, RepositorySecret? secret, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Items of a snapshot, a folder before what is in it, names in ordinal order.</summary>
    public IAsyncEnumerable<BackupItem> GetItemsAsync(ItemQuery query, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What <see cref="RestoreAsync"/> would do; writes nothing.</summary>
    public Task<RestorePlan> PlanRestoreAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Restores a snapshot, or some paths of it.</summary>
    public Task<RestoreResult> RestoreAsync(RestoreRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Verifies a repository or some snapshots of it. Damage is in the report, and is no exception unless it hinders opening the repository.</summary>
    public Task<IntegrityReport> VerifyAsync(VerifyRequest request, RunCallbacks callbacks, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Runs in the catalog, the latest first.</summary>
    public Task<IReadOnlyList<BackupRun>> GetRunsAsync(string? policyName, string? status, DateTime? since, int last, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Names of registered repositories and of policies, for completion: from the catalog only, never an error.</summary>
    public (IReadOnlyList<string> Repositories, IReadOnlyList<string> Policies) GetKnownNames() => throw new NotImplementedException();

    /// <summary>Forgets every key and closes the catalog.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
