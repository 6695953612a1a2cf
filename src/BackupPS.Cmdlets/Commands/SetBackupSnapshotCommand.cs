using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Changes what is said of a snapshot: its tags, and whether retention must leave it alone.</summary>
/// <remarks>
/// <para>A snapshot itself never changes. What is said of it is a note beside it in the repository, so every host sees it. A snapshot with a hold
/// is neither removed by retention nor by Remove-BackupSnapshot, until the hold is released; it does not change which of the others are
/// kept.</para>
/// <para>A snapshot of another host is changed when you name it by its id, or its host: with -HostName or -AllHosts, here or where it is listed. One that
/// merely comes along the pipeline is refused (OtherHost).</para>
/// <para>A hold is no protection against Remove-BackupRepository -DeleteData, nor against somebody who can write to the storage.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Set-BackupSnapshot -Hold -Tag before-upgrade</code>
/// Keeps the latest snapshot, whatever the rules say, and gives it a tag by which it is found again.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -Tag release | Set-BackupSnapshot -Hold:$false -PassThru</code>
/// Releases the snapshots with a tag: from now on retention decides on them like on others.
/// </example>
/// <example>
/// <code>
/// $snapshot = Get-BackupSnapshot -PolicyName web -Last 1
/// Set-BackupSnapshot $snapshot.SnapshotId -Tag ($snapshot.Tag + 'audited')
/// </code>
/// Adds a tag to those that a snapshot has.
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.Set, "BackupSnapshot", SupportsShouldProcess = true)]
[OutputType(typeof(BackupSnapshot))]
public sealed class SetBackupSnapshotCommand : SnapshotCmdlet
{
    private bool named;

    /// <summary>Ids of snapshots, or as much of their beginnings as tells them from others.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [SnapshotTransformation]
    [AllowEmptyString]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Where to look: a repository's name, object or path. Without it: in every repository that is registered here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Of snapshots that come along the pipeline: only those of hosts with these names. Without it, and without -AllHosts, they must be of this host, unless they were listed by -HostName or -AllHosts.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Snapshots that come along the pipeline may be of any host.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>Set by Get-BackupSnapshot where the user has named the hosts.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, DontShow = true)]
    [RefuseNull]
    public SwitchParameter HostChosen { get; set; }

    /// <summary>The tags that it is to have, in place of those that it has; @() takes all away.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Tag { get; set; }

    /// <summary>It cannot be removed until -Hold:$false releases it.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Hold { get; set; }

    /// <summary>Emits the snapshot as it is afterwards; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        named = MyInvocation.BoundParameters.ContainsKey(nameof(SnapshotId)) && !Array.Exists(SnapshotId, SnapshotTransformationAttribute.IsListed);
        SnapshotId = Array.ConvertAll(SnapshotId, SnapshotTransformationAttribute.Plain);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in SnapshotId) Guard(id, () => Change(id));
    }

    private void Change(string id)
    {
        bool? hold = MyInvocation.BoundParameters.ContainsKey(nameof(Hold)) ? Hold.IsPresent : null;
        if (Tag is null && hold is null) throw new BackupException(BackupError.InvalidArgument, "There is nothing to change: give -Tag or -Hold.", id);
        BackupSnapshot snapshot = FindSnapshot(id, Repository);
        CheckHost(snapshot, ToHosts(HostName, AllHosts), named || HostChosen, "changed");
        List<string> changes = [];
        if (Tag is not null) changes.Add(Tag.Length == 0 ? "Remove all tags" : $"Set tags to {string.Join(", ", Tag)}");
        if (hold is not null) changes.Add(hold.Value ? "Hold" : "Release the hold");
        if (!ShouldProcess(Describe(snapshot), string.Join("; ", changes))) return;
        BackupSnapshot changed = Await(token => Engine.UpdateSnapshotAsync(snapshot.Repository, snapshot.SnapshotId, Tag, hold, GivenSecret(), token));
        if (PassThru) WriteObject(changed);
    }
}
