using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Renames a registered repository, or points its name to another folder that holds the same repository.</summary>
[Cmdlet(VerbsCommon.Set, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class SetBackupRepositoryCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>The registered name.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>The repository: an object, name or path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>The name that it is to have.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>The folder that holds it now.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Emits the repository as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string target = ParameterSetName == NameSet ? Name : Repository;
        Guard(target, () =>
        {
            if (NewName is null && Path is null) throw new BackupException(BackupError.InvalidArgument, "There is nothing to change: give -NewName or -Path.", target);
            string repository = ResolveRepository(target)!;
            string? path = Path is null ? null : Paths.Literal(Path);
            string action = string.Join(", ", ((string?[])[NewName is null ? null : $"Rename to '{NewName}'", path is null ? null : $"Set path to '{path}'"]).Where(static part => part is not null));
            if (!ShouldProcess(repository, action)) return;
            BackupRepository changed = Await(token => Engine.UpdateRepositoryAsync(repository, NewName, path, token));
            if (PassThru) WriteObject(changed);
        });
    }
}
