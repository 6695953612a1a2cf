using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Removes snapshots: those named, or those that a policy's retention rules do not keep.</summary>
/// <remarks>
/// <para>Removing takes a moment and frees nothing: Optimize-BackupRepository frees what no snapshot needs. There is no undoing it. Snapshots share
/// what they store, so another one loses nothing by it. One with a hold is refused (SnapshotHeld). The repository keeps a record of each
/// removal.</para>
/// <para>A snapshot of another host is removed when you name it by its id, or its host: with -HostName or -AllHosts, here or where it is listed. One that
/// merely comes along the pipeline is refused (OtherHost).</para>
/// <para>Nothing is removed while it is not sure that all snapshots are seen (DeletionUnsafe): while one is missing that another names or that this host
/// has seen, or while one cannot be read. Bring it back from a copy, or give it up with -Abandon. A snapshot whose notes are lost counts as held.</para>
/// <para>With -ApplyRetention, the rules of the policy decide on its snapshots of this host, and of no other. With -WhatIf it emits a decision for
/// each: which go and what that frees, which stay and why. Whatever the rules say, these stay: the latest complete snapshot, the newest that this
/// host has verified whole, those with a hold, and those from the future. about_BackupPS_Policies has the rules exactly. A policy without a rule is
/// the error RetentionRuleMissing.</para>
/// </remarks>
/// <example>
/// <code>Remove-BackupSnapshot -PolicyName web -ApplyRetention -WhatIf</code>
/// Shows what would go, what that would free, and why each other snapshot stays.
/// </example>
/// <example>
/// <code>
/// Get-BackupPolicy | Remove-BackupSnapshot -ApplyRetention -Confirm:$false
/// Optimize-BackupRepository vault -Confirm:$false
/// </code>
/// Applies the rules of all policies of this host, as a schedule would do it, and frees the space.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web | Where-Object Status -EQ Incomplete | Remove-BackupSnapshot</code>
/// Asks for each incomplete snapshot of a policy, and removes it.
/// </example>
/// <example>
/// <code>Remove-BackupSnapshot -PolicyName web -ApplyRetention -PassThru | Where-Object Action -EQ Remove</code>
/// Removes, and emits what went.
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="SetBackupSnapshotCommand"/>
/// <seealso cref="SetBackupPolicyCommand"/>
/// <seealso cref="OptimizeBackupRepositoryCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.Remove, "BackupSnapshot", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(BackupSnapshot), ParameterSetName = [SnapshotSet])]
[OutputType(typeof(RetentionDecision), ParameterSetName = [PolicySet])]
public sealed class RemoveBackupSnapshotCommand : SnapshotCmdlet
{
    private const string SnapshotSet = "Snapshot";
    private const string PolicySet = "Policy";

    private bool named;

    /// <summary>Ids of snapshots, or as much of their beginnings as tells them from others.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [SnapshotTransformation]
    [AllowEmptyString]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Where to look: a repository's name, object or path. Without it: in every repository that is registered here.</summary>
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Of snapshots that come along the pipeline: only those of hosts with these names. Without it, and without -AllHosts, they must be of this host, unless they were listed by -HostName or -AllHosts.</summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Snapshots that come along the pipeline may be of any host.</summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>Set by Get-BackupSnapshot where the user has named the hosts.</summary>
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true, DontShow = true)]
    [RefuseNull]
    public SwitchParameter HostChosen { get; set; }

    /// <summary>The policies whose rules are applied, on this host: names or objects.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>Removes what the policy's rules do not keep. With -WhatIf, emits what would go, and why each other stays.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter ApplyRetention { get; set; }

    /// <summary>
    /// Gives up what is lost for good: whole ids of snapshots that are missing or cannot be read, as the error DeletionUnsafe names them. The repository
    /// keeps a record of each as removed.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Abandon { get; set; } = [];

    /// <summary>Emits each snapshot that was removed; with -ApplyRetention, each decision. Without it, and without -WhatIf, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1 || PolicyName.Length > 1;

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
        if (ParameterSetName == SnapshotSet)
        {
            foreach (string id in SnapshotId) Guard(id, () => Remove(id));
        }
        else if (!ApplyRetention)
        {
            Guard(PolicyName[0], () => throw new BackupException(BackupError.InvalidArgument, "Name the snapshots, or say -ApplyRetention.", PolicyName[0]));
        }
        else
        {
            foreach (string policy in PolicyName) Guard(policy, () => Apply(policy));
        }
    }

    private void Remove(string id)
    {
        BackupSnapshot snapshot = FindSnapshot(id, Repository);
        CheckHost(snapshot, ToHosts(HostName, AllHosts), named || HostChosen, "removed");
        if (snapshot.Hold) throw new BackupException(BackupError.SnapshotHeld, $"The snapshot {snapshot.SnapshotId} has a hold.", snapshot.SnapshotId);
        if (IsWhatIf) Await(token => Engine.PlanRemovalAsync(snapshot.Repository, snapshot.SnapshotId, GivenSecret(), Abandon, token));

        if (!ShouldProcess(Describe(snapshot), "Remove")) return;
        Await(token => Engine.RemoveSnapshotAsync(snapshot.Repository, snapshot.SnapshotId, GivenSecret(), Abandon, token));
        if (PassThru) WriteObject(snapshot);
    }

    private void Apply(string policy)
    {
        foreach (RetentionDecision decision in Await(token => Engine.PlanRetentionAsync(policy, GivenSecret(), measure: IsWhatIf, Abandon, token)))
        {
            bool emit = PassThru || IsWhatIf;
            if (decision.Action == "Remove")
            {
                string what = $"snapshot {ViewText.Id(decision.SnapshotId)} of {policy} on {ViewText.Path(decision.HostName)} ({ViewText.Time(decision.Time)}){(IsWhatIf ? $", which frees {ViewText.Bytes(decision.BytesFreed)} at the next optimization" : "")}";
                if (ShouldProcess(what, "Remove"))
                {
                    emit &= TryRemove(decision);
                }
                else
                {
                    emit = IsWhatIf;
                }
            }

            if (emit) WriteObject(decision);
        }
    }

    // One that cannot be removed does not keep the others, whatever the preference for errors.
    private bool TryRemove(RetentionDecision decision)
    {
        try
        {
            Await(token => Engine.RemoveSnapshotAsync(decision.Repository, decision.SnapshotId, GivenSecret(), Abandon, token));
            return true;
        }
        catch (BackupException e) when (!ErrorMapper.IsTerminating(e.Error, MoreRecordsMayFollow))
        {
            WriteFault(ErrorMapper.ToRecord(e, decision.SnapshotId));
            return false;
        }
    }
}
