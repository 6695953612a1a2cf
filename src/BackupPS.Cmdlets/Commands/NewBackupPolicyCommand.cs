using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>Defines what to save, where to, and how long to keep it.</summary>
[Cmdlet(VerbsCommon.New, "BackupPolicy", SupportsShouldProcess = true)]
[OutputType(typeof(BackupPolicy))]
public sealed class NewBackupPolicyCommand : PolicyDefinitionCmdlet
{
    /// <summary>A name that no other policy on this host has.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>What is saved. Nothing in it is a wildcard, and it need not exist yet.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Source { get; set; } = [];

    /// <summary>Where it is saved: a repository's name, object or path.</summary>
    [Parameter(Mandatory = true, Position = 2, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(Name, () =>
    {
        BackupPolicy policy = Define(Name, ResolveSources(Source), ResolveRepository(Repository)!, existing: null);
        if (!ShouldProcess(Name, $"Create backup policy for {ViewText.Path(policy.Source)} in {policy.Repository}")) return;
        WriteObject(Await(token => Engine.CreatePolicyAsync(policy, token)));
    });
}
