using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Shows what happened in runs on this host, with the duration of each phase: oldest run first, each run's events in their order.</summary>
[Cmdlet(VerbsCommon.Get, "BackupEvent")]
[OutputType(typeof(BackupEvent))]
public sealed class GetBackupEventCommand : BackupCmdlet
{
    /// <summary>Only of these runs: ids, or the beginnings of ids. Runs, and results of commands, come along the pipeline.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] RunId { get; set; } = [];

    /// <summary>Only these kinds. PhaseEnd has the duration of each phase; Fault, Retry and Error say what went wrong.</summary>
    [Parameter]
    [ValidateSet(BackupEventKind.Start, BackupEventKind.PhaseStart, BackupEventKind.PhaseEnd, BackupEventKind.Fault, BackupEventKind.Retry, BackupEventKind.Warning, BackupEventKind.Message, BackupEventKind.Error, BackupEventKind.Dropped, BackupEventKind.End)]
    public string[] Kind { get; set; } = [];

    /// <summary>Only those with one of these error ids.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ErrorId { get; set; } = [];

    /// <summary>Only those at this time or later; without a zone it is local.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || RunId.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (RunId.Length == 0) Guard("", () => Show(runId: null));
        foreach (string id in RunId) Guard(id, () => Show(id));
    }

    private void Show(string? runId) =>
        WriteObject(Await(token => Engine.GetEventsAsync(new EventQuery { RunId = runId, Kind = Kind, ErrorId = ErrorId, Since = ToUtc(Since) }, token)), enumerateCollection: true);
}
