using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Forgets a repository on this host; with -DeleteData, deletes every backup in it first.</summary>
/// <remarks>
/// <para>Without -DeleteData, only the name is forgotten, with the keys in this process and what was kept of its index: the data stays, and
/// Connect-BackupRepository brings it back, under this name or another. A repository that policies save into is refused (RepositoryInUse): with -Force
/// they stay without one, and fail until it is connected again.</para>
/// <para>With -DeleteData, every snapshot and every object of the repository is deleted, snapshots first. What is in its folder and is not of
/// BackupPS stays. There is no undoing that, and it needs no key. It asks first. To free the space of old snapshots only, use Remove-BackupSnapshot
/// and Optimize-BackupRepository.</para>
/// </remarks>
/// <example>
/// <code>Remove-BackupRepository vault -Force</code>
/// Forgets the name "vault", though policies save into it. The folder is left alone.
/// </example>
/// <example>
/// <code>Remove-BackupRepository vault -DeleteData -Force -WhatIf</code>
/// Says what would be deleted. Without -WhatIf it asks, and then deletes the repository with every backup in it.
/// </example>
/// <example>
/// <code>Get-BackupRepository | Where-Object Status -EQ Unreachable | Remove-BackupRepository</code>
/// Forgets all repositories whose folders are gone.
/// </example>
/// <seealso cref="NewBackupRepositoryCommand"/>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso cref="OptimizeBackupRepositoryCommand"/>
/// <seealso>about_BackupPS</seealso>
[Cmdlet(VerbsCommon.Remove, "BackupRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupRepository))]
public sealed class RemoveBackupRepositoryCommand : BackupCmdlet
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

    /// <summary>Deletes the repository's objects, and with them every backup in it, of all hosts.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter DeleteData { get; set; }

    /// <summary>Also where policies of this host save into it, which then have no repository.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the repository as it was; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
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
        IReadOnlyList<string> policies = Await(token => Engine.FindOrphansAsync(repository.Repository, token));
        if (policies.Count > 0 && !Force)
        {
            throw new BackupException(BackupError.RepositoryInUse, $"The repository '{repository.Repository}' is that of the policies {string.Join(", ", policies)}, which would have none.", repository.Repository);
        }

        string what = $"{repository.Repository} ({repository.Path}){(policies.Count > 0 ? $", the repository of the policies {string.Join(", ", policies)}" : "")}";
        if (ShowsPlan) Await(token => Engine.CheckRepositoryRemovalAsync(repository.Repository, DeleteData, Force, token));
        if (!ShouldProcess(what, DeleteData ? "Delete every backup in the repository, and forget it" : "Forget the repository; its data stays")) return;
        Await(token => Engine.RemoveRepositoryAsync(repository.Repository, DeleteData, Force, token));
        if (PassThru) WriteObject(repository);
    }
}
