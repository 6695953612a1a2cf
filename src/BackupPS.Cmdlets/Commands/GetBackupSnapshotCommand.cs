using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists recovery points, oldest first.</summary>
/// <remarks>
/// <para>Snapshots of all hosts that save into a repository are listed, each with its host, policy, type, totals and tags. Without -Repository and
/// -PolicyName, every registered repository is looked at; one that is locked or out of reach is an error of its own, and does not hide the others.
/// The repository must be unlocked, or the secret given.</para>
/// <para>With -PolicyName, -Last means the snapshots of this host, where it has the policy or a snapshot of it: another host may have a policy of the
/// same name. -HostName or -AllHosts says whose else are meant.</para>
/// <para>Status is Incomplete where something could not be saved. To list what a snapshot holds, pipe it to Get-BackupItem; to restore it, to
/// Restore-Backup.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 3</code>
/// The latest three snapshots of a policy.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -Repository vault -Since (Get-Date).AddDays(-7) | Where-Object Status -EQ Incomplete</code>
/// What was not wholly saved in the last seven days, by any host.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -Tag release | Select-Object SnapshotId, HostName, Time, Bytes</code>
/// Snapshots with a tag, in all registered repositories. Objects have whole ids and times in UTC; the table shortens them.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -Repository ~/vault | Group-Object HostName -NoElement</code>
/// How many snapshots each host has in a repository, named by its folder.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -Repository ~/vault -PolicyName web -HostName web1 -Last 1</code>
/// The latest that another host has saved, as after its loss: this host need not know the policy, nor the repository by name.
/// </example>
/// <seealso cref="InvokeBackupCommand"/>
/// <seealso cref="GetBackupItemCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso cref="SetBackupSnapshotCommand"/>
/// <seealso cref="RemoveBackupSnapshotCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso>about_BackupPS</seealso>
[Cmdlet(VerbsCommon.Get, "BackupSnapshot")]
[OutputType(typeof(BackupSnapshot))]
public sealed class GetBackupSnapshotCommand : SnapshotCmdlet
{
    /// <summary>Ids of snapshots, or as much of their beginnings as tells them from others.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    [ValidateCount(1, int.MaxValue)]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>
    /// Only those of this policy: a name or object. A policy that this host does not have is looked for in every registered repository. <c>.adhoc</c>, as on the
    /// Backup: drive, for those that no policy made.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? PolicyName { get; set; }

    /// <summary>
    /// Where to look: a repository's name, object or path. Without it: in that of the policy, or in every repository that is registered here.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Only those of hosts with these names, as the repository has them; case does not count.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Those of every host. It matters with -Last and -PolicyName; and snapshots that were listed with it or with -HostName can be piped to Remove- and Set-BackupSnapshot, whosever they are.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>Only those that began at this time or later. A time without a zone is local.</summary>
    [Parameter]
    [TimeTransformation]
    public DateTime? Since { get; set; }

    /// <summary>Only those that began at this time or earlier. A time without a zone is local.</summary>
    [Parameter]
    [TimeTransformation(WholeSecond = true)]
    public DateTime? Until { get; set; }

    /// <summary>Only those with every one of these tags; case does not count.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>
    /// Only the latest so many, of all that match; with -PolicyName, of this host's. One whose time lies more than a day in the future, as of a clock that was wrong, counts as the oldest.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    [RefuseNull]
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

    // What the user has named the host of may be removed and changed further along the pipeline.
    private static PSObject Chosen(BackupSnapshot snapshot)
    {
        var chosen = new PSObject(snapshot);
        chosen.Properties.Add(new PSNoteProperty(HostChosenName, value: true));
        return chosen;
    }

    private void List(string? snapshotId)
    {
        HostSelection? hosts = ToHosts(HostName, AllHosts);
        var query = new SnapshotQuery
        {
            Hosts = hosts,
            Repository = ResolveRepository(Repository),
            Secret = GivenSecret(),
            SnapshotId = snapshotId,
            // A snapshot that no policy made is named by its id.
            PolicyName = PolicyName switch
            {
                null => null,
                "" when snapshotId is null => throw NamesNone(nameof(PolicyName)),
                "" => null,
                _ => DrivePath.ToPolicy(PolicyName),
            },
            Since = ToUtc(Since),
            Until = ToUtc(Until),
            Tag = Tag,
            Last = Last,
        };

        // An id that was found in one repository does not need the others; one that was not may be in those that could not be searched.
        List<BackupFault> faults = [];
        try
        {
            foreach (BackupSnapshot snapshot in Stream((callbacks, token) => Engine.GetSnapshotsAsync(query, callbacks, token), snapshotId is null ? null : faults.Add)) WriteObject(hosts is null ? snapshot : Chosen(snapshot));
        }
        catch (BackupException e) when (e.Error == BackupError.SnapshotNotFound)
        {
            foreach (BackupFault fault in faults) WriteError(ErrorMapper.ToRecord(fault));
            throw;
        }
    }
}
