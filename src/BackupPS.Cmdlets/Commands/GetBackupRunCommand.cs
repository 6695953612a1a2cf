using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists what was run on this host, the latest first.</summary>
/// <remarks>
/// <para>Each backup, restore, verification, removal and optimization of this host and account is a run in its catalog, with how it ended, what it
/// counted and its first 1000 faults. A run that failed has ErrorId and Message.</para>
/// <list type="bullet">
/// <item>Complete, Incomplete: it ended; of Incomplete, Faults has what went wrong.</item>
/// <item>Failed: an error ended it, or a verification found damage.</item>
/// <item>Cancelled: somebody stopped it.</item>
/// <item>Running: it is under way. Interrupted: its process ended without saying how, as when it was killed.</item>
/// </list>
/// <para>Runs stay when their policy is removed. Runs of other hosts are not seen here. Get-BackupEvent shows what happened in a run.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupRun -Last 10</code>
/// The latest ten runs.
/// </example>
/// <example>
/// <code>Get-BackupRun web -Status Failed -Since (Get-Date).AddDays(-7)</code>
/// What failed in the last seven days, of one policy.
/// </example>
/// <example>
/// <code>Get-BackupRun -Status Incomplete -Last 1 | Select-Object -ExpandProperty Faults</code>
/// What the latest incomplete run could not do.
/// </example>
/// <example>
/// <code>Get-BackupRun web | Where-Object Operation -EQ Backup | Measure-Object BytesStored -Sum</code>
/// How many bytes the backups of a policy have added to the repository.
/// </example>
/// <seealso cref="GetBackupEventCommand"/>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommon.Get, "BackupRun")]
[OutputType(typeof(BackupRun))]
public sealed class GetBackupRunCommand : BackupCmdlet
{
    /// <summary>Only runs of these policies: names with wildcards, or objects. Without it: all, also those without a policy.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>Only runs that ended so, or are under way.</summary>
    [Parameter]
    [ValidateSet("Running", "Complete", "Incomplete", "Failed", "Cancelled", "Interrupted")]
    public string? Status { get; set => field = value is null ? null : Choice.Of<GetBackupRunCommand>(value); }

    /// <summary>Only runs that began at this time or later. A time without a zone is local.</summary>
    [Parameter]
    [TimeTransformation]
    public DateTime? Since { get; set; }

    /// <summary>Only the latest so many; where policies are named, so many for each name.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [RefuseNull]
    public int Last { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || PolicyName.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (PolicyName.Length == 0)
        {
            Guard("", () => WriteObject(Runs(policyName: null, Last), enumerateCollection: true));
            return;
        }

        foreach (string name in PolicyName) Guard(name, () => Show(name));
    }

    private void Show(string name)
    {
        if (WildcardPattern.ContainsWildcardCharacters(name))
        {
            WildcardPattern pattern = NamePattern.Of(name);
            IEnumerable<BackupRun> matching = Runs(policyName: null, last: 0).Where(run => run.PolicyName.Length > 0 && pattern.IsMatch(run.PolicyName));
            WriteObject(Last > 0 ? matching.Take(Last) : matching, enumerateCollection: true);
            return;
        }

        IReadOnlyList<BackupRun> runs = Runs(name, Last);
        // A policy that was removed still has its runs; one that has none must at least exist.
        if (runs.Count == 0) FindPolicy(name);
        WriteObject(runs, enumerateCollection: true);
    }

    private IReadOnlyList<BackupRun> Runs(string? policyName, int last) =>
        Await(token => Engine.GetRunsAsync(policyName, Status, ToUtc(Since), last, token));
}
