using BackupPS.Engine.Repositories;
using BackupPS.Engine.Sources;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>What the policy of a snapshot leaves out, as it stands on this host now. Ignore files speak for themselves, also where there is no policy.</summary>
internal static class SnapshotFilter
{
    /// <summary>Makes the filter.</summary>
    /// <param name="context">What operations stand on.</param>
    /// <param name="record">The snapshot.</param>
    /// <param name="onWarning">Told when this host does not know the policy.</param>
    public static SourceFilter Find(OperationContext context, SnapshotRecord record, Action<string>? onWarning)
    {
        BackupPolicy? policy = record.PolicyName.Length == 0 ? null : context.Catalog.Policies.Find(record.PolicyName);
        if (policy is null && record.PolicyName.Length > 0) onWarning?.Invoke($"The policy '{record.PolicyName}' of the snapshot is not on this host: what it excludes counts as what the snapshot does not have.");
        FilterRules rules = policy is null ? FilterRules.None : new FilterRules { Include = policy.Include, Exclude = policy.Exclude, ExcludeLargerThan = policy.ExcludeLargerThan, ExcludeCaches = policy.ExcludeCaches, OneFileSystem = policy.OneFileSystem };
        return new SourceFilter(rules, context.FileSystem);
    }
}
