using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Lists the repositories that are registered here, or shows one by name or path.</summary>
[Cmdlet(VerbsCommon.Get, "BackupRepository")]
[OutputType(typeof(BackupRepository))]
public sealed class GetBackupRepositoryCommand : BackupCmdlet
{
    /// <summary>Names, with wildcards; or paths of repositories.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name) Guard(name, () => Show(name));
    }

    private void Show(string name)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(name))
        {
            WriteObject(FindRepository(name));
            return;
        }

        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        foreach (BackupRepository repository in Stream(token => Engine.GetRepositoriesAsync(token)))
        {
            if (pattern.IsMatch(repository.Name)) WriteObject(repository);
        }
    }
}
