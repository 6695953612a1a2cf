using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists the policies of this host.</summary>
/// <remarks>
/// <para>Policies are in the catalog of this host and account (BACKUPPS_HOME). Those of other hosts are not seen here, though their snapshots are.
/// A name without wildcards that stands for nothing is the error PolicyNotFound.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupPolicy</code>
/// Lists all policies by name.
/// </example>
/// <example>
/// <code>Get-BackupPolicy w* | Invoke-Backup</code>
/// Runs the policies with names that begin with w, one after the other. A policy that fails does not stop the next.
/// </example>
/// <example>
/// <code>Get-BackupPolicy web | Format-List</code>
/// Shows everything that a policy says; the table has the main points.
/// </example>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="SetBackupPolicyCommand"/>
/// <seealso cref="RemoveBackupPolicyCommand"/>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsCommon.Get, "BackupPolicy")]
[OutputType(typeof(BackupPolicy))]
public sealed class GetBackupPolicyCommand : BackupCmdlet
{
    /// <summary>Names of policies, with wildcards. Without it: all of this host.</summary>
    /// <value>*</value>
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
        WildcardPattern pattern = NamePattern.Of(name);
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
