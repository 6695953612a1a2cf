using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Measures how much space snapshots take in their repository, and how much of it their removal would free.</summary>
/// <remarks>
/// <para>
/// Files that several snapshots share are stored once. So a snapshot has three sizes: what a restore would write (Bytes), what all that it needs takes in the
/// repository, compressed (StoredBytes), and what of that no other snapshot needs (UniqueBytes). UniqueBytes is what Remove-BackupSnapshot and
/// Optimize-BackupRepository give back if this snapshot alone goes.
/// </para>
/// <para>
/// What two snapshots share, and no third needs, is unique to neither, and is freed when both go. For several snapshots from the pipeline FreedBytes says what each
/// removal frees after those before it, in the order of the pipeline: the sum over all is what removing all of them frees.
/// </para>
/// <para>
/// The trees of all snapshots in the repository are read, and no content. Nothing changes. Snapshots of one repository are measured together once the pipeline has ended.
/// </para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web | Measure-BackupSnapshot</code>
/// <para>Measures each snapshot of the policy web.</para>
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web | Measure-BackupSnapshot |
///     Sort-Object -Property UniqueBytes -Descending | Select-Object -First 3</code>
/// <para>Finds the snapshots whose removal would free most.</para>
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web | Select-Object -SkipLast 1 | Measure-BackupSnapshot |
///     Measure-Object -Property FreedBytes -Sum</code>
/// <para>Says how many bytes would be freed if all snapshots of the policy but the latest were removed.</para>
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso cref="OptimizeBackupRepositoryCommand"/>
[Cmdlet(VerbsDiagnostic.Measure, "BackupSnapshot")]
[OutputType(typeof(BackupSnapshotSize))]
public sealed class MeasureBackupSnapshotCommand : SnapshotCmdlet
{
    private readonly SnapshotBatch batch = new();

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
    [ValidateNotNull]
    public string? Repository { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in SnapshotId) Guard(id, () => batch.Add(LocateSnapshot(id, Repository)));
    }

    private protected override void Finish()
    {
        foreach ((string repository, List<string> ids) in batch.ByRepository)
        {
            Guard(repository, () =>
            {
                var query = new MeasureQuery { Repository = repository, SnapshotId = ids, Secret = GivenSecret() };
                foreach (BackupSnapshotSize size in Stream("Measuring snapshots", (callbacks, token) => Engine.MeasureSnapshotsAsync(query, callbacks, token))) WriteObject(size);
            }, lastRecord: batch.ByRepository.Count == 1);
        }
    }
}
