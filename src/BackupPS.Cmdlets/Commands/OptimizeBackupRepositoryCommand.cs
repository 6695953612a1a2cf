using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>
/// Gives back the space of what no snapshot needs, beside running backups of any number of hosts. What has to wait for one of them is left to a later run.
/// </summary>
[Cmdlet(VerbsCommon.Optimize, "BackupRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(MaintenanceResult))]
public sealed class OptimizeBackupRepositoryCommand : SecretCmdlet
{
    /// <summary>The repositories: names, objects or paths.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string[] Repository { get; set; } = [];

    /// <summary>Per cent of the repository that may stay unused: 0 writes every pack anew that holds something unused, 100 none of them. Many small packs are joined in any case.</summary>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    public double MaxUnusedPercent { get; set; } = 5;

    /// <summary>Fences off every backup that is under way or died, in place of waiting for it: those that run fail, and lose nothing but their time.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Repository.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string repository in Repository) Guard(repository, () => Optimize(ResolveRepository(repository)!));
    }

    private void Optimize(string repository)
    {
        var request = new OptimizeRequest { Repository = repository, Secret = GivenSecret(), MaxUnusedPercent = MaxUnusedPercent, FenceSessions = Force };
        if (ShowsPlan)
        {
            OptimizePlan plan = Await($"Planning optimization of {repository}", (callbacks, token) => Engine.PlanOptimizeAsync(request, callbacks, token));
            string text = PlanText.Of(plan);
            foreach (string pack in plan.PacksRemoved) WriteVerbose($"Would delete pack {pack}");
            foreach (string pack in plan.PacksRewritten) WriteVerbose($"Would write anew pack {pack}");
            if (!ShouldProcess(text, $"{text}\nContinue?", "Optimize-BackupRepository")) return;
        }
        else if (!ShouldProcess(repository, "Optimize"))
        {
            return;
        }

        WriteObject(Await($"Optimizing {repository}", (callbacks, token) => Engine.OptimizeAsync(request, callbacks, token)));
    }
}
