using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists recovery points, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "BackupSnapshot")]
[OutputType(typeof(BackupSnapshot))]
public sealed class GetBackupSnapshotCommand : SnapshotCmdlet
{
    /// <summary>Ids, or their beginnings.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Only those of this policy: a name or object.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [AllowEmptyString]
    public string? PolicyName { get; set; }

    /// <summary>Where to look: a repository's name, object or path. Without it: the policy's, or every registered one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    public string? Repository { get; set; }

    /// <summary>Not older than this; without a zone it is local.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <summary>Not younger than this; without a zone it is local.</summary>
    [Parameter]
    public DateTime? Until { get; set; }

    /// <summary>Only those with every one of these tags.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>Only the latest so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Last { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (SnapshotId.Length == 0)
        {
            Guard((object?)PolicyName ?? Repository ?? "", () => List(snapshotId: null));
            return;
        }

        foreach (string id in SnapshotId) Guard(id, () => List(id.Length > 0 ? id : throw NoSnapshot()));
    }

    private void List(string? snapshotId)
    {
        var query = new SnapshotQuery
        {
            Repository = ResolveRepository(Repository),
            Secret = GivenSecret(),
            SnapshotId = snapshotId,
            PolicyName = string.IsNullOrEmpty(PolicyName) ? null : PolicyName,
            Since = ToUtc(Since),
            Until = ToUtc(Until),
            Tag = Tag,
            Last = Last,
        };

        // An id that was found in one repository does not need the others; one that was not may be in those that could not be searched.
        List<BackupFault> faults = [];
        try
        {
            foreach (BackupSnapshot snapshot in Stream((callbacks, token) => Engine.GetSnapshotsAsync(query, callbacks, token), snapshotId is null ? null : faults.Add)) WriteObject(snapshot);
        }
        catch (BackupException e) when (e.Error == BackupError.SnapshotNotFound)
        {
            foreach (BackupFault fault in faults) WriteError(ErrorMapper.ToRecord(fault));
            throw;
        }
    }
}
