using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Changes what is said of a snapshot: its tags, and whether retention must leave it alone.</summary>
[Cmdlet(VerbsCommon.Set, "BackupSnapshot", SupportsShouldProcess = true)]
[OutputType(typeof(BackupSnapshot))]
public sealed class SetBackupSnapshotCommand : SnapshotCmdlet
{
    /// <summary>Ids, or their beginnings.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Where to look: a repository's name, object or path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    public string? Repository { get; set; }

    /// <summary>The tags that it is to have; none takes all away.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[]? Tag { get; set; }

    /// <summary>Retention leaves it alone; -Hold:$false releases it.</summary>
    [Parameter]
    public SwitchParameter Hold { get; set; }

    /// <summary>Emits the snapshot as it is afterwards.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in SnapshotId) Guard(id, () => Change(id));
    }

    private void Change(string id)
    {
        bool? hold = MyInvocation.BoundParameters.ContainsKey(nameof(Hold)) ? Hold.IsPresent : null;
        if (Tag is null && hold is null) throw new BackupException(BackupError.InvalidArgument, "There is nothing to change: give -Tag or -Hold.", id);
        BackupSnapshot snapshot = FindSnapshot(id, Repository);
        List<string> changes = [];
        if (Tag is not null) changes.Add(Tag.Length == 0 ? "Remove all tags" : $"Set tags to {string.Join(", ", Tag)}");
        if (hold is not null) changes.Add(hold.Value ? "Hold" : "Release the hold");
        if (!ShouldProcess(Describe(snapshot), string.Join("; ", changes))) return;
        BackupSnapshot changed = Await(token => Engine.UpdateSnapshotAsync(snapshot.Repository, snapshot.SnapshotId, Tag, hold, GivenSecret(), token));
        if (PassThru) WriteObject(changed);
    }
}
