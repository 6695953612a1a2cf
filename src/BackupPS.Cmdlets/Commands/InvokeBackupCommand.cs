using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Makes a snapshot: of a policy's sources, or of paths.</summary>
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
    /// <summary>The policies to run: names or objects.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PolicySet, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string[] PolicyName { get; set; } = [];

    /// <summary>What to save, with wildcards. All of it makes one snapshot.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>What to save, as it is written. Files and folders that come along the pipeline bind here; all of it makes one snapshot.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Where to save paths: a repository's name, object or path.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [ValidateNotNullOrEmpty]
    public string Repository { get; set; } = "";

    /// <summary>Auto: Full where there is none yet or the policy's -FullEvery is due, else Incremental.</summary>
    [Parameter]
    [ValidateSet("Auto", "Full", "Incremental", "Differential")]
    public string Type { get; set; } = "Auto";

    /// <summary>Tags of the snapshot, beside the policy's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>Glob patterns of files and folders that are left out, beside the policy's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Glob patterns; where there is one, only files that match one of them are saved.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Include { get; set; } = [];

    /// <summary>Files larger than this many bytes are left out (10MB).</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long ExcludeLargerThan { get; set; }

    /// <summary>Leaves out folders with a valid CACHEDIR.TAG.</summary>
    [Parameter]
    public SwitchParameter ExcludeCaches { get; set; }

    /// <summary>Leaves out folders on other file systems than their source.</summary>
    [Parameter]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>Waits while another run of the policy is under way.</summary>
    [Parameter]
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

    /// <inheritdoc/>
    protected override void EndProcessing()
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
        WriteError(ErrorMapper.ToRecord(fault));
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
            WriteError(ErrorMapper.ToRecord(new BackupException(BackupError.RepositoryDamaged, $"The verification after the backup of {what} failed; snapshot {ViewText.Id(result.SnapshotId)} may not be restorable.", result.SnapshotId), what));
        }
    }

    private void WriteNewFault(BackupFault fault)
    {
        if (!faults.Contains(fault)) WriteError(ErrorMapper.ToRecord(fault));
    }
}
