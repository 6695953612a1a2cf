using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Lists the repositories that are registered on this host, or shows one by name or path.</summary>
/// <remarks>
/// <para>Each repository is looked at, for which no key is needed. Status is Unlocked (its keys are in this process), Locked, Damaged (its repository.json
/// is there and cannot be read), or Unreachable: it is registered, but its folder is not there, or not readable, now.</para>
/// <para>A path shows a repository that is not registered, too. A name without wildcards that stands for nothing is the error
/// RepositoryNotFound.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupRepository</code>
/// Lists the repositories of this host by name.
/// </example>
/// <example>
/// <code>Get-BackupRepository v* | Where-Object Status -EQ Unlocked | Test-BackupIntegrity</code>
/// Verifies the structure of all repositories with names that begin with v and are unlocked.
/// </example>
/// <example>
/// <code>(Get-BackupRepository ~/offsite).RepositoryId</code>
/// Shows the id of a repository by its folder. It is the same in each copy of the repository, whatever name that has.
/// </example>
/// <seealso cref="NewBackupRepositoryCommand"/>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso cref="SetBackupRepositoryCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso>about_BackupPS</seealso>
[Cmdlet(VerbsCommon.Get, "BackupRepository")]
[OutputType(typeof(BackupRepository))]
public sealed class GetBackupRepositoryCommand : BackupCmdlet
{
    /// <summary>Names of registered repositories, with wildcards; or paths of repositories. Without it: all that are registered.</summary>
    /// <value>*</value>
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

        WildcardPattern pattern = NamePattern.Of(name);
        foreach (BackupRepository repository in Stream(token => Engine.GetRepositoriesAsync(token)))
        {
            if (pattern.IsMatch(repository.Name)) WriteObject(repository);
        }
    }
}
