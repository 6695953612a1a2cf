using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Forgets a repository on this host; with -DeleteData, deletes every object in it first.</summary>
[Cmdlet(VerbsCommon.Remove, "BackupRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class RemoveBackupRepositoryCommand : BackupCmdlet
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

    /// <summary>Deletes the repository's objects, and with them every backup in it.</summary>
    [Parameter]
    public SwitchParameter DeleteData { get; set; }

    /// <summary>Emits the repository as it was.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string target in ParameterSetName == NameSet ? Name : [Repository]) Guard(target, () => Remove(target));
    }

    private void Remove(string target)
    {
        BackupRepository repository = FindRepository(target);
        string what = $"{repository.Repository} ({repository.Path})";
        if (!ShouldProcess(what, DeleteData ? "Delete every backup in the repository, and forget it" : "Forget the repository; its data stays")) return;
        Await(token => Engine.RemoveRepositoryAsync(repository.Repository, DeleteData, token));
        if (PassThru) WriteObject(repository);
    }
}
