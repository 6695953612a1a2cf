using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Removes snapshots: those named, or those that a policy's retention rules do not keep. The space is freed by a later optimization.</summary>
[Cmdlet(VerbsCommon.Remove, "BackupSnapshot", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(BackupSnapshot), ParameterSetName = [SnapshotSet])]
[OutputType(typeof(RetentionDecision), ParameterSetName = [PolicySet])]
public sealed class RemoveBackupSnapshotCommand : SnapshotCmdlet
{
    private const string SnapshotSet = "Snapshot";
    private const string PolicySet = "Policy";

    /// <summary>Ids, or their beginnings.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Where to look: a repository's name, object or path.</summary>
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    public string? Repository { get; set; }

    /// <summary>The policies whose rules are applied: names or objects.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>Removes what the policy's retention rules do not keep. With -WhatIf, emits what goes and why each other stays.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet)]
    public SwitchParameter ApplyRetention { get; set; }

    /// <summary>Emits each snapshot that was removed; with -ApplyRetention, each decision.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1 || PolicyName.Length > 1;

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
        if (!ShouldProcess(Describe(snapshot), "Remove")) return;
        Await(token => Engine.RemoveSnapshotAsync(snapshot.Repository, snapshot.SnapshotId, GivenSecret(), token));
        if (PassThru) WriteObject(snapshot);
    }

    private void Apply(string policy)
    {
        foreach (RetentionDecision decision in Await(token => Engine.PlanRetentionAsync(policy, GivenSecret(), measure: IsWhatIf, token)))
        {
            bool emit = PassThru || IsWhatIf;
            if (decision.Action == "Remove")
            {
                string what = $"snapshot {ViewText.Id(decision.SnapshotId)} of {policy} ({ViewText.Time(decision.Time)}){(IsWhatIf ? $", which frees {ViewText.Bytes(decision.BytesFreed)} at the next optimization" : "")}";
                if (ShouldProcess(what, "Remove"))
                {
                    // One that cannot be removed does not keep the others.
                    if (!Guard(decision.SnapshotId, () => Await(token => Engine.RemoveSnapshotAsync(decision.Repository, decision.SnapshotId, GivenSecret(), token)))) emit = false;
                }
                else
                {
                    emit = IsWhatIf;
                }
            }

            if (emit) WriteObject(decision);
        }
    }
}
