using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>What a policy says, for the commands that write one. Names, sources and the repository differ between them.</summary>
public abstract class PolicyDefinitionCmdlet : BackupCmdlet
{
    /// <summary>
    /// Patterns of files and folders that are left out; an excluded folder is not entered. * and ? stay within a name, ** crosses folders; a pattern that
    /// begins with / is about the whole path, any other matches at any depth. about_BackupPS_Policies has all of it.
    /// </summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Exclude { get; set; } = [];

    /// <summary>
    /// Patterns of what is saved, in the same form: where there is one, only files that match one of them, or lie in a folder that does, are saved. What
    /// is excluded stays so.
    /// </summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Include { get; set; } = [];

    /// <summary>Files larger than this many bytes are left out, such as 10MB. 0 is no limit.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    [RefuseNull]
    public long ExcludeLargerThan { get; set; }

    /// <summary>Leaves out what is in folders with a valid CACHEDIR.TAG (bford.info/cachedir), but for the tag.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter ExcludeCaches { get; set; }

    /// <summary>
    /// Stays on the file system of each source: what is mounted below it, a bind mount of the same file system too, is saved as an empty folder. A btrfs
    /// subvolume that is not mounted is saved.
    /// </summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>
    /// A duration such as 7d or 1m: a run of type Auto is Full when the latest Full is so old or older, and Incremental otherwise. Empty: only the first
    /// is Full.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string FullEvery { get; set; } = "";

    /// <summary>Retention keeps so many of the latest snapshots. 0 switches the rule off; 100,000 is the most, as for each of these rules.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepLast { get; set; }

    /// <summary>Retention keeps the latest snapshot of each of so many hours: the latest hours that have any. 0 switches the rule off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepHourly { get; set; }

    /// <summary>Retention keeps the latest snapshot of each of so many days: the latest days that have any. 0 switches the rule off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepDaily { get; set; }

    /// <summary>
    /// Retention keeps the latest snapshot of each of so many weeks, which begin on Monday (ISO 8601): the latest weeks that have any. 0 switches the
    /// rule off.
    /// </summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepWeekly { get; set; }

    /// <summary>Retention keeps the latest snapshot of each of so many months: the latest months that have any. 0 switches the rule off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepMonthly { get; set; }

    /// <summary>Retention keeps the latest snapshot of each of so many years: the latest years that have any. 0 switches the rule off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int KeepYearly { get; set; }

    /// <summary>
    /// A duration such as 48h or 2m: retention keeps every snapshot that is younger, counted back from the latest snapshot and not from now. Empty: the
    /// rule is off.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string KeepWithin { get; set; } = "";

    /// <summary>
    /// The time zone in which hours, days, weeks, months and years begin, and -FullEvery and -KeepWithin count: an IANA or Windows id, such as
    /// Europe/Berlin. Empty: UTC.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string TimeZone { get; set; } = "";

    /// <summary>
    /// What is verified after each backup, of the new snapshot: nothing; Structure, that all which it needs is there; or Data, that every byte of it can
    /// be read and is right. Where that fails, the result of the backup is Failed; the snapshot stays.
    /// </summary>
    [Parameter]
    [ValidateSet("None", "Structure", "Data")]
    public string Verify { get; set => field = Choice.Of<PolicyDefinitionCmdlet>(value); } = "None";

    /// <summary>Tags that each snapshot of the policy gets. Get-BackupSnapshot -Tag finds them.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Tag { get; set; } = [];

    /// <summary>The policy that these parameters define; what was not given is taken from a policy that exists.</summary>
    private protected BackupPolicy Define(string name, string[] source, string repository, BackupPolicy? existing)
    {
        bool Takes(string parameter) => existing is null || MyInvocation.BoundParameters.ContainsKey(parameter);
        return new BackupPolicy
        {
            PolicyName = name,
            Source = source,
            Repository = repository,
            // The engine binds the policy to the repository's id when it registers it.
            RepositoryId = existing is not null && existing.Repository == repository ? existing.RepositoryId : "",
            Exclude = ChangeExclude(Takes(nameof(Exclude)) ? Exclude : existing!.Exclude),
            Include = Takes(nameof(Include)) ? Include : existing!.Include,
            ExcludeLargerThan = Takes(nameof(ExcludeLargerThan)) ? ExcludeLargerThan : existing!.ExcludeLargerThan,
            ExcludeCaches = Takes(nameof(ExcludeCaches)) ? ExcludeCaches : existing!.ExcludeCaches,
            OneFileSystem = Takes(nameof(OneFileSystem)) ? OneFileSystem : existing!.OneFileSystem,
            FullEvery = Takes(nameof(FullEvery)) ? FullEvery : existing!.FullEvery,
            KeepLast = Takes(nameof(KeepLast)) ? KeepLast : existing!.KeepLast,
            KeepHourly = Takes(nameof(KeepHourly)) ? KeepHourly : existing!.KeepHourly,
            KeepDaily = Takes(nameof(KeepDaily)) ? KeepDaily : existing!.KeepDaily,
            KeepWeekly = Takes(nameof(KeepWeekly)) ? KeepWeekly : existing!.KeepWeekly,
            KeepMonthly = Takes(nameof(KeepMonthly)) ? KeepMonthly : existing!.KeepMonthly,
            KeepYearly = Takes(nameof(KeepYearly)) ? KeepYearly : existing!.KeepYearly,
            KeepWithin = Takes(nameof(KeepWithin)) ? KeepWithin : existing!.KeepWithin,
            TimeZone = Takes(nameof(TimeZone)) ? TimeZone : existing!.TimeZone,
            Verify = Takes(nameof(Verify)) ? Verify : existing!.Verify,
            Tag = Takes(nameof(Tag)) ? Tag : existing!.Tag,
            Created = existing?.Created ?? default,
            Modified = existing?.Modified ?? default,
        };
    }

    /// <summary>What becomes of the patterns that are left out.</summary>
    private protected virtual string[] ChangeExclude(string[] patterns) => patterns;

    /// <summary>Absolute paths for sources as written; nothing in them is a wildcard, and one that is missing is worth a warning.</summary>
    private protected string[] ResolveSources(string[] source)
    {
        string[] resolved = [.. source.Select(Paths.Literal)];
        foreach (string path in resolved)
        {
            if (!PathResolver.Exists(path)) WriteWarning($"The source '{ViewText.Path(path)}' does not exist yet.");
        }

        return resolved;
    }
}
