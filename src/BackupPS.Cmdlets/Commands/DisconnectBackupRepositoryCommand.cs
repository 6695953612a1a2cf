using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Forgets the keys of a repository in this process; it stays registered.</summary>
/// <remarks>
/// <para>Commands that need the keys then fail with RepositoryLocked, until one is given the secret, or BACKUPPS_PASSWORD_FILE names a file with
/// the passphrase. What is under way goes on. When the process ends, or the module is removed, keys are forgotten in any case.</para>
/// </remarks>
/// <example>
/// <code>Disconnect-BackupRepository vault</code>
/// Forgets the keys.
/// </example>
/// <example>
/// <code>Get-BackupRepository | Where-Object Status -EQ Unlocked | Disconnect-BackupRepository -PassThru</code>
/// Forgets the keys of every repository that is unlocked, and shows them: their Status is Locked.
/// </example>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso cref="GetBackupRepositoryCommand"/>
/// <seealso>about_BackupPS_Security</seealso>
[Cmdlet(VerbsCommunications.Disconnect, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class DisconnectBackupRepositoryCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>Names of registered repositories.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The repository: an object, name or path. For objects of the pipeline.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>Emits the repository, locked; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string target in ParameterSetName == NameSet ? Name : [Repository])
        {
            Guard(target, () =>
            {
                string repository = ResolveRepository(target)!;
                if (ShowsPlan) Await(token => Engine.CheckDisconnectionAsync(repository, token));
                if (!ShouldProcess(repository, "Forget the keys in this process")) return;
                Await(token => Engine.DisconnectRepositoryAsync(repository, token));
                if (PassThru) WriteObject(Await(token => Engine.GetRepositoryAsync(repository, token)));
            });
        }
    }
}
