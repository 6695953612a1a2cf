using System.Management.Automation;

namespace BackupPS.Cmdlets;

/// <summary>What a policy says, for the commands that write one. Names, sources and the repository differ between them.</summary>
public abstract class PolicyDefinitionCmdlet : BackupCmdlet
{
    /// <summary>Glob patterns of files and folders that are left out.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Exclude { get; set; } = [];

    /// <summary>Glob patterns; where there is one, only files that match one of them are saved.</summary>
    [Parameter]
    [AllowEmptyCollection]
    public string[] Include { get; set; } = [];

    /// <summary>Files larger than this many bytes are left out (10MB); 0: no limit.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long ExcludeLargerThan { get; set; }

    /// <summary>Leaves out folders with a valid CACHEDIR.TAG.</summary>
    [Parameter]
    public SwitchParameter ExcludeCaches { get; set; }

    /// <summary>Leaves out folders on other file systems than their source.</summary>
    [Parameter]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>A Full is due when the latest is older than this duration (7d); empty: only the first is Full.</summary>
    [Parameter]
    [AllowEmptyString]
    public string FullEvery { get; set; } = "";

    /// <summary>How many of the latest snapshots are kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepLast { get; set; }

    /// <summary>For how many hours with snapshots the latest one is kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepHourly { get; set; }

    /// <summary>For how many days with snapshots the latest one is kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepDaily { get; set; }

    /// <summary>For how many ISO weeks with snapshots the latest one is kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepWeekly { get; set; }

    /// <summary>For how many months with snapshots the latest one is kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepMonthly { get; set; }

    /// <summary>For how many years with snapshots the latest one is kept; 0: the rule is off.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int KeepYearly { get; set; }

    /// <summary>Every snapshot younger than this duration, counted back from the latest, is kept; empty: the rule is off.</summary>
    [Parameter]
    [AllowEmptyString]
    public string KeepWithin { get; set; } = "";

    /// <summary>The zone in which hours, days, weeks, months and years begin: an IANA or Windows id; empty: UTC.</summary>
    [Parameter]
    [AllowEmptyString]
    public string TimeZone { get; set; } = "";

    /// <summary>Verification after each backup.</summary>
    [Parameter]
    [ValidateSet("None", "Structure", "Data")]
    public string Verify { get; set; } = "None";

    /// <summary>Tags that each snapshot of the policy gets.</summary>
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
            Exclude = Takes(nameof(Exclude)) ? Exclude : existing!.Exclude,
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
