using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Forgets the keys of a repository in this process; it stays registered.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class DisconnectBackupRepositoryCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>The registered names.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The repository: an object, name or path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>Emits the repository, locked.</summary>
    [Parameter]
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
                if (!ShouldProcess(repository, "Forget the keys in this process")) return;
                Await(token => Engine.DisconnectRepositoryAsync(repository, token));
                if (PassThru) WriteObject(Await(token => Engine.GetRepositoryAsync(repository, token)));
            });
        }
    }
}
