using BackupPS.Engine.Operations.Backup;
using BackupPS.Engine.Policies;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations;

/// <summary>Checks and registers policies.</summary>
internal sealed class PolicyOperation(OperationContext context)
{
    public async Task<BackupPolicy> CreateAsync(BackupPolicy policy, CancellationToken cancellationToken)
    {
        BackupPolicy complete = await CompleteAsync(policy, created: context.Now, cancellationToken);
        context.Catalog.Policies.Add(complete);
        return complete;
    }

    public async Task<BackupPolicy> UpdateAsync(BackupPolicy policy, CancellationToken cancellationToken)
    {
        BackupPolicy known = context.Catalog.Policies.Find(policy.PolicyName)
            ?? throw new BackupException(BackupError.PolicyNotFound, $"There is no policy named '{policy.PolicyName}'.", policy.PolicyName);
        BackupPolicy complete = await CompleteAsync(policy, known.Created.UtcDateTime, cancellationToken);
        context.Catalog.Policies.Update(complete);
        return complete;
    }

    /// <summary>Everything that creating or updating would refuse; nothing changes.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="isNew">It is to be created, so its name must be free.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task CheckAsync(BackupPolicy policy, bool isNew, CancellationToken cancellationToken)
    {
        BackupPolicy? known = context.Catalog.Policies.Find(policy.PolicyName);
        await CompleteAsync(policy, known?.Created.UtcDateTime ?? context.Now, cancellationToken);
        if (isNew && known is not null) throw new BackupException(BackupError.PolicyExists, $"A policy '{policy.PolicyName}' exists already.", policy.PolicyName);
    }

    private async Task<BackupPolicy> CompleteAsync(BackupPolicy policy, DateTime created, CancellationToken cancellationToken)
    {
        var complete = new BackupPolicy
        {
            PolicyName = policy.PolicyName,
            Source = [.. policy.Source.Select(SourcePath.Normalize)],
            Repository = policy.Repository,
            RepositoryId = await FindRepositoryIdAsync(policy.Repository, cancellationToken),
            Include = policy.Include,
            Exclude = policy.Exclude,
            ExcludeLargerThan = policy.ExcludeLargerThan,
            ExcludeCaches = policy.ExcludeCaches,
            OneFileSystem = policy.OneFileSystem,
            FullEvery = policy.FullEvery,
            KeepLast = policy.KeepLast,
            KeepHourly = policy.KeepHourly,
            KeepDaily = policy.KeepDaily,
            KeepWeekly = policy.KeepWeekly,
            KeepMonthly = policy.KeepMonthly,
            KeepYearly = policy.KeepYearly,
            KeepWithin = policy.KeepWithin,
            TimeZone = policy.TimeZone,
            Verify = policy.Verify,
            Tag = policy.Tag,
            Created = created,
            Modified = context.Now,
        };
        PolicyValidator.Check(complete);
        _ = new SourceFilter(new FilterRules { Include = complete.Include, Exclude = complete.Exclude, ExcludeLargerThan = complete.ExcludeLargerThan }, context.FileSystem);
        return complete;
    }

    // A registered repository may be out of reach when a policy is written for it; one that is named by path must be there.
    private async Task<string> FindRepositoryIdAsync(string repository, CancellationToken cancellationToken)
    {
        if (repository.Length == 0) throw new BackupException(BackupError.InvalidArgument, "A policy needs a repository.", "Repository");
        RepositoryAddress address = context.Connections.Locate(repository);
        return address.RepositoryId.Length > 0 ? address.RepositoryId : await new RepositoryOperation(context).FindIdAsync(repository, cancellationToken);
    }
}
