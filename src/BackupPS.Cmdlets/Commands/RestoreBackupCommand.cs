using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Restores a snapshot, or some paths of it, into a folder or in place.</summary>
/// <remarks>
/// <para>Where several hosts save into one repository, -PolicyName means the snapshots of this host. Another host's are restored when you say -HostName
/// or -AllHosts, or name one by its id; the plan and the result have the HostName.</para>
/// <para>Into a folder: with -Destination, each item is restored below it under its whole former path, so /etc/hosts becomes DESTINATION/etc/hosts.
/// What is there already is left alone, unless -Overwrite says otherwise; what of it is not as the snapshot has it is named in Different.</para>
/// <para>In place: with -InPlace, what is there is compared with the snapshot block by block, and only what differs is fetched and replaced, as one
/// transaction: if anything fails on the way, or Ctrl-C is pressed, all goes back to how it was. Without -Destination that is at the former paths.
/// Files that change need room twice. -WhatIf compares, and counts exactly. about_BackupPS_Recovery says more.</para>
/// <para>A restore in place whose process dies leaves its journal behind. The next restore that touches the same places is refused with
/// RestoreUnfinished, until -Resume completes it or -Rollback undoes it, with the -Destination that it had. Neither needs the repository.</para>
/// <para>Owners, modes, times, links, extended attributes and ACLs come back; what cannot be set is a fault, and Status is Incomplete. What only root
/// may set is left out for other accounts, and what the target's file system cannot keep is left out and said once, in a warning. A damaged item is a fault of its own; the rest is restored, and wrong bytes are never written. Restore as
/// root to get owners back. Items of the pipeline make one restore for each snapshot.</para>
/// <para>Status is Complete only if all that was asked for is there now, as it was when it was saved. It is Incomplete if an item is missing or failed,
/// if one that was there differs and was left alone, or if the snapshot itself is Incomplete.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Restore-Backup -Destination ~/check -Verify</code>
/// Restores the latest snapshot of a policy into a folder, and reads back what was written.
/// </example>
/// <example>
/// <code>Restore-Backup -PolicyName web -Latest -Path '**/*.html' -Destination ~/check</code>
/// Only the HTML files of it.
/// </example>
/// <example>
/// <code>
/// $release = Get-BackupSnapshot -PolicyName web -Tag release
/// Restore-Backup -PolicyName web -At $release.Time -Destination ~/then
/// </code>
/// What was the latest at a time: here that of a snapshot. Say -At '2026-11-03 14:00' for 14:00 of this host's time zone.
/// </example>
/// <example>
/// <code>
/// $items = Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Path '**/index.html'
/// $items | Restore-Backup -Destination ~/check -Overwrite IfChanged
/// </code>
/// Items that were looked for before; one that is there with the same size and time is left alone.
/// </example>
/// <example>
/// <code>Restore-Backup -PolicyName web -Latest -InPlace -DeleteExtra -WhatIf</code>
/// What it would take to make the former paths what the snapshot says: what differs, what is missing, and each item that would be deleted.
/// </example>
/// <example>
/// <code>Restore-Backup -PolicyName web -Latest -Destination ~/standby -InPlace -DeleteExtra -Verify</code>
/// Keeps a copy up to date: each time only what differs is fetched. The first time, it makes the copy.
/// </example>
/// <example>
/// <code>Restore-Backup -Repository ~/vault -HostName ([Environment]::MachineName) -PolicyName web -Latest -Destination ~/new</code>
/// After a disaster: what a host of this name last saved, before it was installed anew. This host need know neither the policy nor the repository's name;
/// -Password or -KeyFile unlocks it.
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="GetBackupItemCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso cref="ConnectBackupRepositoryCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsData.Restore, "Backup", SupportsShouldProcess = true, DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(RestoreResult))]
public sealed class RestoreBackupCommand : SnapshotCmdlet
{
    private const string SnapshotSet = "Snapshot";
    private const string PolicySet = "Policy";
    private const string ResumeSet = "Resume";
    private const string RollbackSet = "Rollback";

    // Items that come along the pipeline: one restore for each snapshot, in the order in which the first of each came.
    private readonly Dictionary<(string? Repository, string SnapshotId), List<string>> items = [];
    private bool pathIsPattern;
    private bool named;

    /// <summary>The snapshot: its id, or as much of the beginning of it as tells it from others.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [SnapshotTransformation]
    [AllowEmptyString]
    public string SnapshotId { get; set; } = "";

    /// <summary>Where to look: a repository's name, object or path. Without it: in that of the policy, or in every repository that is registered here.</summary>
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>
    /// The policy: a name or object. Say -Latest, or -At a time. Its snapshots of this host are meant, unless -HostName or -AllHosts says otherwise. Of a policy
    /// that this host does not have, name the repository, too.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string PolicyName { get; set; } = "";

    /// <summary>
    /// With -PolicyName: its snapshots of hosts with these names. Else: the snapshot must be of such a host. One of another host that comes along the pipeline
    /// is restored over files (-InPlace, or -Overwrite other than Never) only with -HostName or -AllHosts.
    /// </summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Parameter(ParameterSetName = PolicySet)]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Snapshots of every host are meant, whichever is the latest.</summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Parameter(ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>
    /// The latest snapshot of the policy in its repository that is Complete, of this host unless -HostName or -AllHosts says otherwise; where none is
    /// Complete, the latest. A warning tells of one that is later.
    /// </summary>
    [Parameter(ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter Latest { get; set; }

    /// <summary>The snapshot that was the latest of the policy at this time. A time without a zone is local.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    [TimeTransformation(WholeSecond = true)]
    public DateTime? At { get; set; }

    /// <summary>
    /// What to restore, with all below it, as patterns of absolute paths on the source: * and ? stay within a name, ** crosses folders; one that begins
    /// with / is about the whole path, any other matches at any depth. The path of an item from the pipeline is taken as it is. Without it: everything.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [DrivePathTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>What to restore, with all below it, by absolute paths on the source as they are written: * is a star.</summary>
    [Parameter]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// The folder that receives the items, each under its whole former path; made where it is missing. With -InPlace, -Resume and -Rollback it may be
    /// left out on Unix: then it is /, and the items have their former places.
    /// </summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>
    /// Compares what is there block by block, fetches only what differs, and replaces all of it as one transaction: a restore that fails or is stopped
    /// leaves everything as it was.
    /// </summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Parameter(ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter InPlace { get; set; }

    /// <summary>
    /// With -InPlace: deletes what the snapshot does not have from the folders that are restored, except what the policy excludes on this host now, what
    /// is mounted, and the repository. Nothing is deleted if the snapshot is Incomplete. -WhatIf lists it. Not on Windows and macOS.
    /// </summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Parameter(ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter DeleteExtra { get; set; }

    /// <summary>
    /// With -InPlace: makes each change at once, blocks straight in the files, for files too large to hold twice. One that is interrupted leaves old and
    /// new mixed; running it again completes it.
    /// </summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Parameter(ParameterSetName = PolicySet)]
    [RefuseNull]
    public SwitchParameter NoRollback { get; set; }

    /// <summary>Completes a restore in place that was interrupted while it replaced. Needs no repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResumeSet)]
    [RefuseNull]
    public SwitchParameter Resume { get; set; }

    /// <summary>
    /// Puts everything back as it was before a restore in place that was interrupted. Needs no repository. It ends that restore in any case: what cannot be
    /// put back, as where a file system is gone, is a fault, and what was kept of it stays in a folder that the fault names.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = RollbackSet)]
    [RefuseNull]
    public SwitchParameter Rollback { get; set; }

    /// <summary>
    /// What to do where something is already: leave it alone (Never), or replace it if the snapshot's is newer (IfNewer), if size, time or kind differ
    /// (IfChanged), or in any case (Always). A folder with items in it never gives way to something else. With -InPlace the default is Always, which
    /// compares every byte; IfChanged trusts size and time there.
    /// </summary>
    /// <value>Never</value>
    [Parameter]
    [ValidateSet("Never", "IfNewer", "IfChanged", "Always")]
    public string Overwrite { get; set => field = Choice.Of<RestoreBackupCommand>(value); } = "Never";

    /// <summary>Reads back what was written, and what was there and left alone, compares it with the snapshot, and says so in Verified.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Verify { get; set; }

    /// <summary>
    /// Restores owners, and the accounts in ACLs, by number. Without it, they are restored by name where this host knows the name, and else by number; a
    /// warning tells where that number is another's here.
    /// </summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter NumericOwner { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        pathIsPattern = MyInvocation.BoundParameters.ContainsKey(nameof(Path));
        named = MyInvocation.BoundParameters.ContainsKey(nameof(SnapshotId)) && !SnapshotTransformationAttribute.IsListed(SnapshotId);
        SnapshotId = SnapshotTransformationAttribute.Plain(SnapshotId);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName is ResumeSet or RollbackSet)
        {
            Guard(Target, Recover);
        }
        else if (ParameterSetName == PolicySet)
        {
            Guard(PolicyName, RestorePolicy);
        }
        else if (!pathIsPattern && Path.Length > 0 && SnapshotId.Length > 0)
        {
            (string?, string) key = (Repository, SnapshotId);
            if (!items.TryGetValue(key, out List<string>? paths)) items.Add(key, paths = []);
            paths.AddRange(Path);
        }
        else
        {
            Guard(SnapshotId, () => RestoreSnapshot(SnapshotId, Repository, pathIsPattern ? Path : [], LiteralPath));
        }
    }

    private protected override void Finish()
    {
        int left = items.Count;
        foreach (((string? repository, string snapshotId), List<string> paths) in items)
        {
            Guard(snapshotId, () => RestoreSnapshot(snapshotId, repository, [], [.. LiteralPath, .. paths]), lastRecord: --left == 0 && items.Count == 1);
        }
    }

    private void RestoreSnapshot(string snapshotId, string? repository, IReadOnlyList<string> path, IReadOnlyList<string> literalPath)
    {
        BackupSnapshot snapshot = FindSnapshot(snapshotId, repository);
        HostSelection? hosts = ToHosts(HostName, AllHosts);
        if (hosts is not null || InPlace || Overwrite != "Never") CheckHost(snapshot, hosts, named, "restored");
        Run(Describe(snapshot), Brief(snapshot), new RestoreRequest
        {
            Repository = snapshot.Repository,
            SnapshotId = snapshot.SnapshotId,
            Path = path,
            LiteralPath = literalPath,
            Destination = Target,
        });
    }

    private void RestorePolicy()
    {
        if (Latest == (At is not null)) throw new BackupException(BackupError.InvalidArgument, "Say which snapshot of the policy: -Latest, or -At a time.", PolicyName);
        string what = $"{(At is null ? "the latest snapshot" : $"the snapshot at {ViewText.Time(ToUtc(At)!.Value)}")} of {PolicyName}{(HostName.Length > 0 ? $" on {string.Join(", ", HostName)}" : AllHosts ? " on any host" : "")}";
        Run(what, what, new RestoreRequest
        {
            Repository = ResolveRepository(Repository),
            Hosts = ToHosts(HostName, AllHosts) ?? HostSelection.Own,
            PolicyName = PolicyName,
            At = ToUtc(At),
            Path = pathIsPattern ? Path : [],
            LiteralPath = pathIsPattern ? LiteralPath : [.. LiteralPath, .. Path],
            Destination = Target,
        });
    }

    // Without a destination: the root of all paths.
    private string Target => Destination.Length > 0 ? Paths.Literal(Destination) : "/";

    private void Run(string what, string brief, RestoreRequest request)
    {
        CheckPlace();
        bool compares = InPlace && !MyInvocation.BoundParameters.ContainsKey(nameof(Overwrite));
        request = request with { Secret = GivenSecret(), Overwrite = compares ? "Always" : Overwrite, InPlace = InPlace, DeleteExtra = DeleteExtra, NoRollback = NoRollback, Verify = Verify, NumericOwner = NumericOwner };
        if (ShowsPlan)
        {
            RestorePlan plan = Await($"Planning restore of {brief}", (callbacks, token) => Engine.PlanRestoreAsync(request, callbacks, token));
            string text = PlanText.Of(plan);
            if (!ShouldProcess(text, text, "Restore")) return;
        }
        else if (!ShouldProcess(request.Destination, $"Restore {what}"))
        {
            return;
        }

        WriteObject(Await($"Restoring {brief}", (callbacks, token) => Engine.RestoreAsync(request, callbacks, token)));
    }

    private void CheckPlace()
    {
        if (!InPlace && (DeleteExtra || NoRollback)) throw new BackupException(BackupError.InvalidArgument, "-DeleteExtra and -NoRollback go with -InPlace.", nameof(InPlace));
        if (Destination.Length > 0) return;
        if (!InPlace) throw new BackupException(BackupError.InvalidArgument, "Say where to: -Destination a folder, or -InPlace for the former places.", nameof(Destination));
        if (OperatingSystem.IsWindows()) throw new BackupException(BackupError.NotSupportedHere, "Restoring to the former places spans drives here: name a -Destination.", nameof(Destination));
    }

    private void Recover()
    {
        bool completes = ParameterSetName == ResumeSet;
        if (ShowsPlan) Await(token => Engine.CheckRecoveryAsync(Target, token));
        if (!ShouldProcess(Target, completes ? "Complete the interrupted restore" : "Roll back the interrupted restore")) return;
        WriteObject(Await(completes ? "Completing the interrupted restore" : "Rolling back the interrupted restore", (callbacks, token) => Engine.RecoverRestoreAsync(Target, completes, callbacks, token)));
    }
}
