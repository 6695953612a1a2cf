using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Makes a snapshot: of a policy's sources, or of paths.</summary>
/// <remarks>
/// <para>Each snapshot is whole, whatever its type: restoring it needs no other. The type says what it is compared with, and so what is read; all
/// types store only what the repository lacks.</para>
/// <list type="bullet">
/// <item>Full: compared with nothing. Every byte of every file is read.</item>
/// <item>Incremental: compared with the latest snapshot of the policy on this host. Files whose size, times or inode changed since then are
/// read.</item>
/// <item>Differential: compared with the latest Full of the policy on this host, likewise.</item>
/// <item>Auto: Full where there is none yet, or the policy's -FullEvery is due; else Incremental.</item>
/// </list>
/// <para>A file that a process has mapped into memory so that it may write to it is read in any case: its times do not tell of each change. On Linux,
/// root knows the files of all processes, another account those of its own; what another host or container has mapped is known to neither.</para>
/// <para>Without a policy, it is compared with the latest snapshot of the same paths on this host. Files and folders that come along the pipeline,
/// or are named together, make one snapshot at the end; what lies in a folder that is named too counts once. Links are saved as links.</para>
/// <para>An item that cannot be saved is a non-terminating error and a fault of the run; the rest is saved, and Status is Incomplete. So is a
/// source that is missing, and one that is empty and was not in the latest complete snapshot: its file system may not be mounted. Where none of the
/// sources is there, there is no snapshot. Under -ErrorAction Stop, too, the run saves what it can and emits its result, and then throws.</para>
/// <para>A run stores what the repository lacks, and relies on the rest. What Test-BackupIntegrity on this host, or a run, has found to be damaged counts as
/// lacking, and is stored again where the sources still have it. Each run reads a little of what it relies on, something else each time; one that so finds
/// damage is Incomplete, and the next stores it again. With -VerifyStored all of it is proved.</para>
/// <para>Any number of hosts may back up into one repository at the same time. On one host, a policy runs once at a time: a second run fails with
/// PolicyAlreadyRunning, or waits with -Wait. Ctrl-C leaves nothing that is visible, and the next run uses what was already stored. Permission is
/// that of the account: run as root to save everything.</para>
/// </remarks>
/// <example>
/// <code>Invoke-Backup web</code>
/// Runs a policy. The result says what changed, what was read and stored, and which snapshot it is.
/// </example>
/// <example>
/// <code>Get-BackupPolicy | Invoke-Backup -Type Full -Tag monthly</code>
/// Runs all policies of this host, reads every file, and tags the snapshots.
/// </example>
/// <example>
/// <code>Get-ChildItem ./site -Filter *.html -Recurse | Invoke-Backup -Repository vault -Tag pages</code>
/// What was picked makes one snapshot, without a policy.
/// </example>
/// <example>
/// <code>Invoke-Backup -Path ./conf, ./site/*.html -Repository vault -Exclude '**/*.tmp'</code>
/// The same for paths, with wildcards.
/// </example>
/// <example>
/// <code>Invoke-Backup web -WhatIf</code>
/// Says how many files and bytes a run would read, and what has changed. It walks the sources, reads no file, and writes nothing.
/// </example>
/// <example>
/// <code>
/// $result = Invoke-Backup web
/// if ($result.Status -ne 'Complete') { $result.Faults }
/// </code>
/// Lists what could not be saved, each with its path and the reason.
/// </example>
/// <seealso cref="NewBackupPolicyCommand"/>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso cref="TestBackupIntegrityCommand"/>
/// <seealso cref="GetBackupRunCommand"/>
/// <seealso>about_BackupPS</seealso>
/// <seealso>about_BackupPS_Policies</seealso>
[Cmdlet(VerbsLifecycle.Invoke, "Backup", SupportsShouldProcess = true, DefaultParameterSetName = PolicySet)]
[OutputType(typeof(BackupResult))]
public sealed class InvokeBackupCommand : SecretCmdlet
{
    private const string PolicySet = "Policy";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private readonly SourceSet sources = new();
    private readonly List<BackupFault> faults = [];

    // By property name alone: by value, a piped file would be turned into a string and be taken for the name of a policy.
    /// <summary>The policies to run, one after the other: names or objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>
    /// Files and folders to save, with all that is below them. Wildcards are those of PowerShell: what is hidden needs a pattern that begins with a dot.
    /// All of it makes one snapshot.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>
    /// Files and folders to save, as they are written: [ is a bracket. What Get-ChildItem and Get-Item emit binds here. All of it makes one snapshot.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The repository that paths are saved into: a name, object or path. A policy names its own.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>
    /// What the sources are compared with, and so which files are read. Incremental and Differential are Full where there is nothing to compare with.
    /// </summary>
    /// <value>Auto</value>
    [Parameter]
    [ValidateSet("Auto", "Full", "Incremental", "Differential")]
    public string Type { get; set => field = Choice.Of<InvokeBackupCommand>(value); } = "Auto";

    /// <summary>Tags of the snapshot, beside the policy's. Get-BackupSnapshot -Tag finds them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>
    /// Patterns of files and folders that are left out, beside the policy's: * and ? stay within a name, ** crosses folders; a pattern that begins with /
    /// is about the whole path, any other matches at any depth. A .backupignore in a folder is heeded, too.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>
    /// Patterns in the same form, beside the policy's: where there is one, only files that match one of them, or lie in a folder that does, are saved.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = [];

    /// <summary>Files larger than this many bytes are left out, such as 10MB. 0: what the policy says, or no limit.</summary>
    /// <value>0</value>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    [RefuseNull]
    public long ExcludeLargerThan { get; set; }

    /// <summary>Leaves out what is in folders with a valid CACHEDIR.TAG (bford.info/cachedir), but for the tag; so does a policy that says it.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter ExcludeCaches { get; set; }

    /// <summary>
    /// Stays on the file system of each source: what is mounted below it, a bind mount of the same file system too, is saved as an empty folder; so does a
    /// policy that says it. A btrfs subvolume that is not mounted is saved.
    /// </summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>
    /// Reads what the repository has already, and proves it, before the snapshot relies on it; what turns out to be damaged is stored again. With -Type Full, a
    /// snapshot that is Complete then rests on nothing that was not read in this run. It costs the time of reading what is stored of the sources.
    /// </summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter VerifyStored { get; set; }

    /// <summary>Waits while another run of the policy is under way on this host, and then runs.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Wait { get; set; }

    private protected override bool MoreRecordsMayFollow => ParameterSetName == PolicySet && (base.MoreRecordsMayFollow || PolicyName.Length > 1);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case PolicySet:
                foreach (string policy in PolicyName) Guard(policy, () => Run(policy, BuildRequest(policy)));
                break;
            case PathSet:
                foreach (string path in Path) Collect(path, () => Paths.Expand(path));
                break;
            default:
                foreach (string path in LiteralPath) Collect(path, () => [Paths.Literal(path)]);
                break;
        }
    }

    private protected override void Finish()
    {
        if (ParameterSetName == PolicySet) return;
        Guard(Repository, lastRecord: true, work: () =>
        {
            IReadOnlyList<string> paths = sources.ToSources();
            if (paths.Count == 0)
            {
                // What was wrong with each has been told. An empty pipeline is no error: a filter may let nothing through.
                if (faults.Count == 0) WriteWarning("There is nothing to back up: no path came in.");
                return;
            }

            BackupRequest request = BuildRequest(policy: null) with { Source = paths, Repository = ResolveRepository(Repository), SourceFaults = faults };
            Run(paths.Count == 1 ? ViewText.Path(paths[0]) : $"{paths.Count} paths", request);
        });
    }

    private BackupRequest BuildRequest(string? policy) => new()
    {
        PolicyName = policy,
        Secret = GivenSecret(),
        Type = Type,
        Tag = Tag,
        Wait = Wait,
        VerifyStored = VerifyStored,
        Filter = new FilterRules { Include = Include, Exclude = Exclude, ExcludeLargerThan = ExcludeLargerThan, ExcludeCaches = ExcludeCaches, OneFileSystem = OneFileSystem },
    };

    private void Collect(string written, Func<IReadOnlyList<string>> resolve)
    {
        try
        {
            foreach (string path in resolve())
            {
                // Two names that .NET maps to one arrive as the same path: the second one is not what it seems.
                bool added = !PathResolver.IsMangled(path) && sources.Add(path);
                if (!added && PathResolver.MayBeMangled(path)) AddFault(new BackupFault(BackupError.NameNotRepresentable, path, "the name holds bytes that are not valid UTF-8, which a .NET path cannot carry"));
            }
        }
        catch (BackupException e)
        {
            AddFault(new BackupFault(e.Error, written, e.Message));
        }
    }

    private void AddFault(BackupFault fault)
    {
        faults.Add(fault);
        WriteFault(ErrorMapper.ToRecord(fault));
    }

    private void Run(string what, BackupRequest request)
    {
        if (ShowsPlan)
        {
            BackupPlan plan = Await($"Planning backup of {what}", (callbacks, token) => Engine.PlanBackupAsync(request, callbacks, token));
            string text = PlanText.Of(plan, what);
            if (!ShouldProcess(text, text, "Back up")) return;
        }
        else if (!ShouldProcess(what, "Back up"))
        {
            return;
        }

        // The engine reports every fault of the run; those found here have been written already.
        BackupResult result = Await($"Backing up {what}", (callbacks, token) => Engine.BackupAsync(request, callbacks, token), WriteNewFault);
        WriteObject(result);
        if (result.Verification == "Failed")
        {
            WriteFault(ErrorMapper.ToRecord(new BackupException(BackupError.RepositoryDamaged, $"The verification after the backup of {what} failed; snapshot {ViewText.Id(result.SnapshotId)} may not be restorable.", result.SnapshotId), what));
        }
    }

    private void WriteNewFault(BackupFault fault)
    {
        if (!faults.Contains(fault)) WriteFault(ErrorMapper.ToRecord(fault));
    }
}
