using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Shows what happened in runs on this host, with the duration of each phase.</summary>
/// <remarks>
/// <para>The oldest run comes first, and the events of each in their order: how it began, each of its phases and how long that took, faults, calls
/// to the store that were repeated, warnings, and how it ended. While a run goes on, and after it was killed, they are those up to now.</para>
/// <para>Of each kind a run keeps the first thousand, and says how many more there were (Dropped). Events are kept for a year. The same lines are
/// in JSON in runs/ below BACKUPPS_HOME while a run goes on.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupRun -Last 1 | Get-BackupEvent</code>
/// The story of the latest run.
/// </example>
/// <example>
/// <code>Invoke-Backup web | Get-BackupEvent -Kind PhaseEnd | Format-Table Phase, Duration</code>
/// Where the time of a backup goes.
/// </example>
/// <example>
/// <code>Get-BackupEvent -Kind Fault, Error, Retry -Since (Get-Date).AddDays(-1)</code>
/// What went wrong since yesterday, in all runs of this host.
/// </example>
/// <seealso cref="GetBackupRunCommand"/>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommon.Get, "BackupEvent")]
[OutputType(typeof(BackupEvent))]
public sealed class GetBackupEventCommand : BackupCmdlet
{
    /// <summary>
    /// Only of these runs: their ids, or the beginnings of them. Runs, and results of commands, come along the pipeline. Without it: of all runs.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] RunId { get; set; } = [];

    /// <summary>
    /// Only events of these kinds. PhaseEnd has the duration of each phase; Fault (one item), Retry (a call to the store) and Error (it ended the run)
    /// say what went wrong.
    /// </summary>
    [Parameter]
    [ValidateSet(BackupEventKind.Start, BackupEventKind.PhaseStart, BackupEventKind.PhaseEnd, BackupEventKind.Fault, BackupEventKind.Retry, BackupEventKind.Warning, BackupEventKind.Message, BackupEventKind.Error, BackupEventKind.Dropped, BackupEventKind.End)]
    public string[] Kind { get; set; } = [];

    /// <summary>Only those with one of these error ids, such as AccessDenied; case does not count.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ErrorId { get; set; } = [];

    /// <summary>Only events at this time or later. A time without a zone is local.</summary>
    [Parameter]
    [TimeTransformation]
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
