using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists the policies of this host.</summary>
[Cmdlet(VerbsCommon.Get, "BackupPolicy")]
[OutputType(typeof(BackupPolicy))]
public sealed class GetBackupPolicyCommand : BackupCmdlet
{
    /// <summary>Names, with wildcards.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Name.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string name in Name) Guard(name, () => Show(name));
    }

    private void Show(string name)
    {
        var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
        bool found = false;
        foreach (BackupPolicy policy in Await(token => Engine.GetPoliciesAsync(token)))
        {
            if (!pattern.IsMatch(policy.PolicyName)) continue;
            found = true;
            WriteObject(policy);
        }

        if (!found && !WildcardPattern.ContainsWildcardCharacters(name)) throw new BackupException(BackupError.PolicyNotFound, $"There is no policy '{name}'.", name);
    }
}
