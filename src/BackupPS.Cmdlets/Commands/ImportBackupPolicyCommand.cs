using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Registers the policies in a file of Export-BackupPolicy, or one that you wrote.</summary>
/// <remarks>
/// <para>The file is JSON: a policy, or an array of policies, each with properties under the names of the parameters of New-BackupPolicy (PolicyName for
/// -Name). PolicyName and Source are needed; a property that is missing has its default. Sources are absolute paths. Comments and trailing commas are allowed. The
/// output of Get-BackupPolicy | ConvertTo-Json can be read, too.</para>
/// <para>All of a file is checked first. An error names line and column, and then nothing of the file is registered.</para>
/// </remarks>
/// <example>
/// <code>
/// Export-BackupPolicy policies.json
/// Import-BackupPolicy policies.json -Force
/// </code>
/// Writes the policies of this host, and takes them over again, such as after the file was edited: -Force changes those that exist.
/// </example>
/// <example>
/// <code>
/// Export-BackupPolicy policies.json
/// Import-BackupPolicy policies.json -Repository vault -Force -WhatIf
/// </code>
/// Checks a file, and shows what would be registered, all of it into one repository.
/// </example>
/// <seealso cref="ExportBackupPolicyCommand"/>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="SetBackupPolicyCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsData.Import, "BackupPolicy", SupportsShouldProcess = true)]
[OutputType(typeof(BackupPolicy))]
public sealed class ImportBackupPolicyCommand : BackupCmdlet
{
    /// <summary>The files. Nothing in them is a wildcard.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The repository that all of them save into, whatever the file says: a name, object or path.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string? Repository { get; set; }

    /// <summary>Changes policies that exist into what the file says. Without it, a name that exists is an error (PolicyExists).</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Force { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Path.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path) Guard(path, () => Import(Paths.Literal(path)));
    }

    private void Import(string file)
    {
        string? repository = ResolveRepository(Repository);
        List<BackupException> invalid = [];
        IReadOnlyList<BackupPolicy> policies = Await(token => Engine.ReadPolicyFileAsync(file, repository, invalid.Add, token));
        IReadOnlyList<BackupPolicy> registered = Await(token => Engine.GetPoliciesAsync(token));
        var existing = new HashSet<string>(registered.Select(static policy => policy.PolicyName), StringComparer.OrdinalIgnoreCase);
        if (!Force)
        {
            invalid.AddRange(policies.Where(policy => existing.Contains(policy.PolicyName)).Select(static policy => new BackupException(
                BackupError.PolicyExists,
                $"A policy '{policy.PolicyName}' exists already. -Force changes it into what the file says.",
                policy.PolicyName)));
        }

        // Each is told; nothing of the file is registered then.
        foreach (BackupException error in invalid) WriteFault(ErrorMapper.ToRecord(error, file));
        if (invalid.Count > 0) return;
        foreach (BackupPolicy policy in policies)
        {
            bool exists = existing.Contains(policy.PolicyName);
            string action = $"{(exists ? "Change" : "Create")} backup policy for {ViewText.Path(policy.Source)} in {policy.Repository}";
            if (!ShouldProcess(policy.PolicyName, action)) continue;
            WriteObject(Await(token => exists ? Engine.UpdatePolicyAsync(policy, token) : Engine.CreatePolicyAsync(policy, token)));
        }
    }
}
