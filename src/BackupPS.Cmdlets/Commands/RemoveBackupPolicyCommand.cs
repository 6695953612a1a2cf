using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Forgets a policy. Its snapshots stay.</summary>
[Cmdlet(VerbsCommon.Remove, "BackupPolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupPolicy))]
public sealed class RemoveBackupPolicyCommand : BackupCmdlet
{
    private const string NameSet = "Name";
    private const string PolicySet = "Policy";

    /// <summary>The policies' names.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>The policy: an object or name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string PolicyName { get; set; } = "";

    /// <summary>Emits the policy as it was.</summary>
    [Parameter]
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
