using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists what was run on this host, the latest first.</summary>
[Cmdlet(VerbsCommon.Get, "BackupRun")]
[OutputType(typeof(BackupRun))]
public sealed class GetBackupRunCommand : BackupCmdlet
{
    /// <summary>Only runs of these policies: names with wildcards, or objects.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>Only runs with this outcome.</summary>
    [Parameter]
    [ValidateSet("Running", "Complete", "Incomplete", "Failed", "Cancelled", "Interrupted")]
    public string? Status { get; set; }

    /// <summary>Only runs that began at this time or later; without a zone it is local.</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <summary>Only the latest so many.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
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
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
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
