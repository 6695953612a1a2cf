using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Verifies a repository, the snapshots of a policy, or one snapshot.</summary>
/// <remarks>
/// <para>How much is read depends on -Level:</para>
/// <list type="bullet">
/// <item>Structure: every record opens, every pack is there, and every snapshot finds all that it names. The content of files is not read.</item>
/// <item>Data: also, every byte of every pack is read, decrypted and decompressed, and every piece of a file is proved by its id. For a policy or a
/// snapshot: of those packs that it needs.</item>
/// <item>Restore: as Structure, and then the latest snapshot of each policy and host, or the one that is named, is restored into a sandbox, read
/// back, compared with the snapshot, and removed. It needs as much room as that.</item>
/// </list>
/// <para>Damage is no error of the command: it is in the report, with the names of the damaged objects and the ids of the snapshots that can no
/// longer be restored in full. Nothing is repaired: about_BackupPS_Recovery says what to do. A repository that cannot be opened is an error, and
/// terminates.</para>
/// <para>A lost or damaged pack of which every snapshot has what it needs elsewhere, as when a backup has stored it again, is no damage any more: it is a
/// warning, and in HealedObject. Of a policy or a snapshot only what it needs is told.</para>
/// <para>Packs that turn out to be damaged are remembered on this host: what is in them counts as lost for its next backups, which store it again where
/// the sources still have it. A pack that was brought back from a copy counts again after -Level Data has read it.</para>
/// <para>A snapshot that Data or Restore has proved whole on this host is remembered: retention never removes the newest of them.</para>
/// </remarks>
/// <example>
/// <code>Test-BackupIntegrity -Repository vault -Level Data</code>
/// Reads the whole repository and proves it.
/// </example>
/// <example>
/// <code>Invoke-Backup web | Test-BackupIntegrity -Level Restore</code>
/// Backs up, and tries whether the new snapshot comes back.
/// </example>
/// <example>
/// <code>if (-not (Test-BackupIntegrity -Repository vault -Quiet)) { throw 'The repository is damaged.' }</code>
/// For scripts: exactly one Boolean.
/// </example>
/// <example>
/// <code>
/// $report = Test-BackupIntegrity -PolicyName web -Level Data
/// $report.Damage
/// $report.AffectedSnapshot
/// </code>
/// What is damaged, and which snapshots that touches; both are empty where all is well.
/// </example>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="GetBackupRunCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsDiagnostic.Test, "BackupIntegrity")]
[OutputType(typeof(IntegrityReport))]
[OutputType(typeof(bool))]
public sealed class TestBackupIntegrityCommand : SnapshotCmdlet
{
    private bool tested;
    private bool failed;

    /// <summary>The repository to verify, or in which to look for the snapshots: a name, object or path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Only the snapshots of this policy, of all hosts: a name or object.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? PolicyName { get; set; }

    /// <summary>
    /// Only the snapshots of hosts with these names, as the repository has them; case does not count. A snapshot that is named must be of such a host.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>The snapshots of every host, as without it.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>Only this snapshot: its id, or as much of the beginning of it as tells it from others.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? SnapshotId { get; set; }

    /// <summary>
    /// Structure: every object is there and well formed. Data: every byte is read and proved. Restore: snapshots are restored into a sandbox and
    /// compared.
    /// </summary>
    /// <value>Structure</value>
    [Parameter]
    [ValidateSet("Structure", "Data", "Restore")]
    public string Level { get; set => field = Choice.Of<TestBackupIntegrityCommand>(value); } = "Structure";

    /// <summary>With -Level Restore: the folder in which the sandbox is made, and removed again. Without it: the temporary folder of the system.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkPath { get; set; }

    /// <summary>Emits exactly one Boolean at the end, in place of reports: whether something was verified, and all of it passed.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Quiet { get; set; }

    // Under -Quiet nothing may stand between the caller and the Boolean.
    private protected override bool MoreRecordsMayFollow => Quiet || base.MoreRecordsMayFollow;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!Guard((object?)SnapshotId ?? PolicyName ?? Repository ?? "", Verify)) failed = true;
    }

    private protected override void Finish()
    {
        if (Quiet) WriteObject(tested && !failed);
    }

    private void Verify()
    {
        HostSelection? hosts = ToHosts(HostName, AllHosts);
        var request = new VerifyRequest
        {
            Hosts = AllHosts ? null : hosts,
            Secret = GivenSecret(),
            Level = Level,
            WorkPath = WorkPath is null ? null : Paths.Literal(WorkPath),
        };
        string what;
        if (SnapshotId is not null)
        {
            BackupSnapshot snapshot = FindSnapshot(SnapshotId, Repository);
            if (hosts is not null) CheckHost(snapshot, hosts, named: false, "verified");
            request = request with { Repository = snapshot.Repository, SnapshotId = snapshot.SnapshotId };
            what = Brief(snapshot);
        }
        else if (PolicyName is not null)
        {
            if (PolicyName.Length == 0) throw NamesNone(nameof(PolicyName));
            request = request with { Repository = ResolveRepository(Repository), PolicyName = PolicyName };
            what = PolicyName;
        }
        else
        {
            request = request with { Repository = ResolveRepository(Repository) ?? throw new BackupException(BackupError.InvalidArgument, "Say what to verify: -Repository, -PolicyName or -SnapshotId.", nameof(Repository)) };
            what = request.Repository;
        }

        // Damage is in the report; here it is told as it is found.
        IntegrityReport report = Await($"Verifying {what}", (callbacks, token) => Engine.VerifyAsync(request, callbacks, token), fault => WriteDetail(fault.ToString()));
        tested = true;
        if (report.Status != "Passed") failed = true;
        if (!Quiet) WriteObject(report);
    }
}
