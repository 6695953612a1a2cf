using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Changes a policy: only what is given.</summary>
[Cmdlet(VerbsCommon.Set, "BackupPolicy", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupPolicy))]
public sealed class SetBackupPolicyCommand : PolicyDefinitionCmdlet
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

    /// <summary>What is saved. Nothing in it is a wildcard, and it need not exist yet.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    /// <summary>Where it is saved: a repository's name, object or path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string? Repository { get; set; }

    /// <summary>Emits the policy as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in ParameterSetName == NameSet ? Name : [PolicyName]) Guard(name, () => Change(name));
    }

    private void Change(string name)
    {
        BackupPolicy existing = FindPolicy(name);
        string[] source = Source is null ? existing.Source : ResolveSources(Source);
        BackupPolicy changed = Define(existing.PolicyName, source, ResolveRepository(Repository) ?? existing.Repository, existing);
        if (!ShouldProcess(existing.PolicyName, "Change backup policy")) return;
        changed = Await(token => Engine.UpdatePolicyAsync(changed, token));
        if (PassThru) WriteObject(changed);
    }
}
