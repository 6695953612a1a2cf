using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Verifies a repository, the snapshots of a policy, or one snapshot.</summary>
[Cmdlet(VerbsDiagnostic.Test, "BackupIntegrity")]
[OutputType(typeof(IntegrityReport))]
[OutputType(typeof(bool))]
public sealed class TestBackupIntegrityCommand : SnapshotCmdlet
{
    private bool tested;
    private bool failed;

    /// <summary>The repository to verify, or in which to look: a name, object or path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    public string? Repository { get; set; }

    /// <summary>Only the snapshots of this policy: a name or object.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [AllowEmptyString]
    public string? PolicyName { get; set; }

    /// <summary>Only this snapshot: its id, or the beginning of it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string? SnapshotId { get; set; }

    /// <summary>Structure: every object is there and is well formed. Data: every blob is decrypted, decompressed and its id recomputed. Restore: a sandbox restore is compared with the snapshot.</summary>
    [Parameter]
    [ValidateSet("Structure", "Data", "Restore")]
    public string Level { get; set; } = "Structure";

    /// <summary>Level Restore: the folder in which the sandbox is made and removed; without it, the system's temporary folder.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? WorkPath { get; set; }

    /// <summary>Emits exactly one Boolean at the end: whether something was verified and all of it passed.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    // Under -Quiet nothing may stand between the caller and the Boolean.
    private protected override bool MoreRecordsMayFollow => Quiet || base.MoreRecordsMayFollow;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!Guard((object?)SnapshotId ?? PolicyName ?? Repository ?? "", Verify)) failed = true;
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Quiet) WriteObject(tested && !failed);
    }

    private void Verify()
    {
        var request = new VerifyRequest { Secret = GivenSecret(), Level = Level, WorkPath = WorkPath is null ? null : Paths.Literal(WorkPath) };
        string what;
        if (SnapshotId is not null)
        {
            BackupSnapshot snapshot = FindSnapshot(SnapshotId, Repository);
            request = request with { Repository = snapshot.Repository, SnapshotId = snapshot.SnapshotId };
            what = Describe(snapshot);
        }
        else if (!string.IsNullOrEmpty(PolicyName))
        {
            request = request with { Repository = ResolveRepository(Repository), PolicyName = PolicyName };
            what = PolicyName;
        }
        else
        {
            request = request with { Repository = ResolveRepository(Repository) ?? throw new BackupException(BackupError.InvalidArgument, "Say what to verify: -Repository, -PolicyName or -SnapshotId.", nameof(Repository)) };
            what = request.Repository;
        }

        // Damage is in the report; here it is told as it is found.
        IntegrityReport report = Await($"Verifying {what}", (callbacks, token) => Engine.VerifyAsync(request, callbacks, token), fault => WriteVerbose(fault.ToString()));
        tested = true;
        if (report.Status != "Passed") failed = true;
        if (!Quiet) WriteObject(report);
    }
}
