using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Forgets a policy. Its snapshots stay.</summary>
/// <remarks>
/// <para>Only the policy is forgotten, on this host. Its snapshots stay in the repository, with its name, and can be listed and restored; its runs
/// stay in the catalog. Retention needs the policy: apply it, or remove snapshots by id, before. A new policy of the same name goes on where this
/// one ended.</para>
/// </remarks>
/// <example>
/// <code>Remove-BackupPolicy conf</code>
/// Asks, and forgets the policy.
/// </example>
/// <example>
/// <code>
/// Get-BackupSnapshot -PolicyName conf | Remove-BackupSnapshot
/// Remove-BackupPolicy conf -PassThru
/// </code>
/// Removes all snapshots of the policy, too, those of other hosts included. Optimize-BackupRepository then frees their space.
/// </example>
/// <seealso cref="GetBackupPolicyCommand"/>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.Remove, "BackupPolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupPolicy))]
public sealed class RemoveBackupPolicyCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string PolicySet = "Policy";

    /// <summary>Names of policies.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The policy: an object or name. For objects of the pipeline.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string PolicyName { get; set; } = "";

    /// <summary>Emits the policy as it was; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in ParameterSetName == NameSet ? Name : [PolicyName])
        {
            Guard(name, () =>
            {
                BackupPolicy policy = FindPolicy(name);
                if (!ShouldProcess(policy.PolicyName, "Forget backup policy; its snapshots stay")) return;
                Await(token => Engine.RemovePolicyAsync(policy.PolicyName, token));
                if (PassThru) WriteObject(policy);
            });
        }
    }
}
