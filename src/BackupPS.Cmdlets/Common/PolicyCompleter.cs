namespace BackupPS.Cmdlets;

/// <summary>Completes the names of policies.</summary>
public sealed class PolicyCompleter : NameCompleter
{
    private protected override IReadOnlyList<string> KnownNames() => ModuleSession.Current.GetEngine().GetKnownNames().Policies;
}
