namespace BackupPS.Cmdlets;

/// <summary>Completes the names of registered repositories.</summary>
public sealed class RepositoryCompleter : NameCompleter
{
    private protected override IReadOnlyList<string> KnownNames() => ModuleSession.Current.GetEngine().GetKnownNames().Repositories;
}
