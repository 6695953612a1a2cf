using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Gives back the space of what no snapshot needs, beside running backups of any number of hosts.</summary>
/// <remarks>
/// <para>Deletes packs of which no snapshot needs anything, and writes those anew that are mostly unused, until at most -MaxUnusedPercent of the
/// repository is unused. Small packs are joined. No recovery point changes. It never waits: packs on which a running backup may rely are announced,
/// Status is Waiting, and a later run deletes them. It can be stopped at any point, and goes on next time.</para>
/// <para>A backup that died is waited for until this host has seen no sign of its life for 48 hours; -Force does not wait. Where anything that a
/// snapshot needs is missing or damaged, nothing is deleted: run Test-BackupIntegrity.</para>
/// <para>Nor is anything deleted while it is not sure that all snapshots are seen (DeletionUnsafe): while one is missing that another names or that this
/// host has seen, while one cannot be read, or while something that is no object of the repository stands where one could. The error names it.
/// Bring it back from a copy, or give it up with -Abandon.</para>
/// <para>Before a pack goes of which something is needed, the other copies of that are read and proved.</para>
/// <para>It frees what Remove-BackupSnapshot has left behind, and what runs that were interrupted stored. What is written anew needs room for a
/// while.</para>
/// </remarks>
/// <example>
/// <code>Optimize-BackupRepository vault -WhatIf</code>
/// Says in exact numbers what would be deleted and what written anew; -Verbose names each pack.
/// </example>
/// <example>
/// <code>Optimize-BackupRepository vault</code>
/// Asks, and frees the space. In scripts, say -Confirm:$false.
/// </example>
/// <example>
/// <code>Get-BackupRepository | Where-Object Status -EQ Unlocked | Optimize-BackupRepository -MaxUnusedPercent 0</code>
/// Frees every byte that no snapshot needs in all repositories that are unlocked, at the price of more that is written anew.
/// </example>
/// <example>
/// <code>Optimize-BackupRepository vault -KeepDeletedFor 7d</code>
/// Deletes what earlier runs have kept for a week, and keeps for a week what is no longer needed now.
/// </example>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso cref="RemoveBackupRepositoryCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso cref="GetBackupRunCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommon.Optimize, "BackupRepository", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(MaintenanceResult))]
public sealed class OptimizeBackupRepositoryCommand : SecretCmdlet
{
    /// <summary>The repositories, one after the other: names, objects or paths.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string[] Repository { get; set; } = [];

    /// <summary>
    /// Per cent of the repository that may stay unused: 0 writes every pack anew that holds something unused, 100 none of them. Packs of which nothing is
    /// used go, and many small ones are joined, in any case.
    /// </summary>
    /// <value>5</value>
    [Parameter]
    [ValidateRange(0.0, 100.0)]
    [RefuseNull]
    public double MaxUnusedPercent { get; set; } = 5;

    /// <summary>
    /// Fences off every backup that is under way or died, in place of waiting for it: those that still run fail with SessionFenced, lose nothing but
    /// their time, and can be run again.
    /// </summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Gives up what is lost for good: whole ids of snapshots that are missing or cannot be read, as the error DeletionUnsafe names them. What only they
    /// needed is deleted, and the repository keeps a record of each as removed. The id of the repository stands for all that one may have had of
    /// which no snapshot is left and none was removed; that of an optimization that died, for its mark.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Abandon { get; set; } = [];

    /// <summary>
    /// How long what is no longer needed stays before it is deleted, such as 7d: what is lost and brought back within that time finds all that it needs.
    /// A later run deletes it. It also holds for what earlier runs have kept; without it, those are kept as long as was said then, and others not at all.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeepDeletedFor { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Repository.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string repository in Repository) Guard(repository, () => Optimize(ResolveRepository(repository)!));
    }

    private void Optimize(string repository)
    {
        var request = new OptimizeRequest { Repository = repository, Secret = GivenSecret(), MaxUnusedPercent = MaxUnusedPercent, FenceSessions = Force, Abandon = Abandon, KeepDeletedFor = KeepDeletedFor ?? "" };
        if (ShowsPlan)
        {
            OptimizePlan plan = Await($"Planning optimization of {repository}", (callbacks, token) => Engine.PlanOptimizeAsync(request, callbacks, token));
            string text = PlanText.Of(plan) + (KeepDeletedFor is null ? "" : $" What goes is kept for {KeepDeletedFor} first.");
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
