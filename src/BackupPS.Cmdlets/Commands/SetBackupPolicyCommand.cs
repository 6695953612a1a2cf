using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Changes a policy: only what is given.</summary>
/// <remarks>
/// <para>What is not given stays as it is. A list that is given takes the place of the former one. To take a thing back, give its empty value:
/// -Exclude @(), -KeepDaily 0, -FullEvery '', -OneFileSystem:$false.</para>
/// <para>The next run goes by the new policy; snapshots that exist do not change. Retention always goes by the rules of now: look at
/// Remove-BackupSnapshot -ApplyRetention -WhatIf after a change of rules. A policy cannot be renamed: its name is that of its snapshots.</para>
/// </remarks>
/// <example>
/// <code>Set-BackupPolicy web -KeepDaily 14 -KeepWeekly 0</code>
/// Keeps 14 days, and weeks no more.
/// </example>
/// <example>
/// <code>Get-BackupPolicy | Set-BackupPolicy -Verify Structure -FullEvery 1m -PassThru</code>
/// Changes all policies of this host, and shows them.
/// </example>
/// <example>
/// <code>Set-BackupPolicy web -AddExclude '**/*.log'</code>
/// Adds a pattern to those that the policy has.
/// </example>
/// <seealso cref="GetBackupPolicyCommand"/>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.Set, "BackupPolicy", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupPolicy))]
public sealed class SetBackupPolicyCommand : PolicyDefinitionCmdlet
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

    /// <summary>
    /// The files and folders that are saved, with all that is below them. A relative path becomes an absolute one now. Nothing in it is a wildcard, and
    /// it need not exist yet, which is worth a warning.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Source { get; set; }

    /// <summary>
    /// The repository that it is saved into: a name, object or path. Snapshots in the former one stay there.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string? Repository { get; set; }

    /// <summary>Patterns that are added to what is left out; those that the policy has stay.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] AddExclude { get; set; } = [];

    /// <summary>Patterns that are taken out of what is left out, written as they are there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RemoveExclude { get; set; } = [];

    /// <summary>Emits the policy as it is afterwards; without it, the command is silent.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in ParameterSetName == NameSet ? Name : [PolicyName]) Guard(name, () => Change(name));
    }

    private protected override string[] ChangeExclude(string[] patterns)
    {
        foreach (string pattern in RemoveExclude.Except(patterns, StringComparer.Ordinal)) WriteWarning($"The pattern '{pattern}' is not excluded.");
        return [.. patterns.Except(RemoveExclude, StringComparer.Ordinal).Union(AddExclude, StringComparer.Ordinal)];
    }

    private void Change(string name)
    {
        BackupPolicy existing = FindPolicy(name);
        string[] source = Source is null ? existing.Source : ResolveSources(Source);
        BackupPolicy changed = Define(existing.PolicyName, source, ResolveRepository(Repository) ?? existing.Repository, existing);
        if (ShowsPlan) Await(token => Engine.CheckPolicyAsync(changed, isNew: false, token));
        if (!ShouldProcess(existing.PolicyName, "Change backup policy")) return;
        changed = Await(token => Engine.UpdatePolicyAsync(changed, token));
        if (PassThru) WriteObject(changed);
    }
}
