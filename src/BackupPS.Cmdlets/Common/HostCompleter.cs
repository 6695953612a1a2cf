namespace BackupPS.Cmdlets;

/// <summary>Completes the names of hosts whose snapshots were listed on this one.</summary>
public sealed class HostCompleter : NameCompleter
{
    private protected override IReadOnlyList<string> KnownNames() =>
        [.. ModuleSession.Current.GetEngine().GetKnownSnapshots(repository: null, policyName: null, beginning: "", int.MaxValue).Select(static s => s.HostName).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase)];
}
