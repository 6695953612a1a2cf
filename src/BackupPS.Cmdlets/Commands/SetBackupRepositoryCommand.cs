using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Renames a registered repository, or points its name to another folder that holds the same repository.</summary>
/// <remarks>
/// <para>What is changed is what this host knows of the repository; nothing in the repository changes. Policies follow a new name. Runs keep the
/// name that it had in their time.</para>
/// <para>A new path must hold the repository of the same id, as after a move or a copy; another one is refused. It needs no key.</para>
/// </remarks>
/// <example>
/// <code>Set-BackupRepository vault -NewName primary</code>
/// Renames the repository. Policies that save into it are changed with it.
/// </example>
/// <example>
/// <code>
/// Move-Item ./vault ./vault-2026
/// Set-BackupRepository vault -Path ./vault-2026 -PassThru
/// </code>
/// Moves the folder of a repository, and tells this host where it is now. No backup may be under way meanwhile.
/// </example>
/// <seealso cref="GetBackupRepositoryCommand"/>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso cref="RemoveBackupRepositoryCommand"/>
/// <seealso>about_BackupPS</seealso>
[Cmdlet(VerbsCommon.Set, "BackupRepository", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class SetBackupRepositoryCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string RepositorySet = "Repository";

    /// <summary>The name of a registered repository.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>A registered repository: an object, name or path. For objects of the pipeline.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>The name that it is to have: 1 to 64 letters, digits, spaces and . _ -; no other repository on this host may have it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewName { get; set; }

    /// <summary>The folder that holds it now. Nothing in it is a wildcard.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Emits the repository as it is afterwards; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
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
            if (ShowsPlan) Await(token => Engine.CheckRepositoryUpdateAsync(repository, NewName, path, token));
            if (!ShouldProcess(repository, action)) return;
            BackupRepository changed = Await(token => Engine.UpdateRepositoryAsync(repository, NewName, path, token));
            if (PassThru) WriteObject(changed);
        });
    }
}
