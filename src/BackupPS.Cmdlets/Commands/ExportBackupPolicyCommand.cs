using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Writes policies into a file that people can read, edit and keep in git.</summary>
/// <remarks>
/// <para>The file is JSON: an array of policies, each with its properties under the names of the parameters of New-BackupPolicy (PolicyName for -Name).
/// What has its default is left out. It holds no secret, nothing of this host but what the policies say, and it appears whole. Import-BackupPolicy reads it, here
/// or on another host.</para>
/// </remarks>
/// <example>
/// <code>Export-BackupPolicy policies.json</code>
/// Writes all policies of this host.
/// </example>
/// <example>
/// <code>Get-BackupPolicy w* | Export-BackupPolicy ./web-policies.json -NoClobber</code>
/// Writes some, unless the file exists.
/// </example>
/// <seealso cref="ImportBackupPolicyCommand"/>
/// <seealso cref="GetBackupPolicyCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsData.Export, "BackupPolicy", SupportsShouldProcess = true)]
public sealed class ExportBackupPolicyCommand : BackupCmdlet
{
    private readonly List<BackupPolicy> policies = [];

    /// <summary>The file. One that exists is replaced. Nothing in it is a wildcard.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Names of policies, with wildcards: of this host, or of those that come along the pipeline. Without it: all.</summary>
    /// <value>*</value>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Policies as objects, of this host or another.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>A file that exists is not replaced (TargetConflict).</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is not null)
        {
            Guard(InputObject, () => Take(InputObject));
        }
        else if (!MyInvocation.ExpectingInput)
        {
            foreach (string name in Name) Guard(name, () => Take(name));
        }
    }

    private protected override void Finish()
    {
        if (policies.Count == 0)
        {
            WriteWarning($"There is no policy to export: '{ViewText.Path(Path)}' was not written.");
            return;
        }

        Guard(Path, () =>
        {
            string file = Paths.Literal(Path);
            if (ShowsPlan) Await(_ => BackupEngine.CheckPolicyFileAsync(file, policies, !NoClobber));
            if (!ShouldProcess(ViewText.Path(file), $"Write {policies.Count} backup policies")) return;
            Await(token => BackupEngine.WritePolicyFileAsync(file, policies, !NoClobber, token));
        });
    }

    private void Take(PSObject record)
    {
        BackupPolicy policy = PolicyRecord.Find(record)
            ?? throw new BackupException(BackupError.InvalidArgument, "The record is no policy: it has no Source.", nameof(InputObject));
        if (Array.Exists(Name, name => NamePattern.Of(name).IsMatch(policy.PolicyName))) policies.Add(policy);
    }

    private void Take(string name)
    {
        WildcardPattern pattern = NamePattern.Of(name);
        List<BackupPolicy> found = [.. Await(token => Engine.GetPoliciesAsync(token)).Where(policy => pattern.IsMatch(policy.PolicyName))];
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
        {
            throw new BackupException(BackupError.PolicyNotFound, $"There is no policy '{name}'.", name);
        }

        policies.AddRange(found.Where(policy => !policies.Exists(taken => taken.PolicyName == policy.PolicyName)));
    }
}
