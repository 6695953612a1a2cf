using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Finds files and folders by name in all snapshots, and shows each version of them with the snapshots that hold it.</summary>
/// <remarks>
/// <para>
/// Each distinct version of an item is one object: its kind, content, size and modification time are the same in all snapshots that it stands for. FirstSeen and LastSeen are the times of the first
/// and the last of these snapshots, SnapshotCount is their number, and HeldBy has their ids. SnapshotId is the latest of them, so that the object can be piped
/// to Restore-Backup, Get-BackupItem or Get-BackupContent. A folder is one version, whatever is in it. Files of different hosts are different files.
/// </para>
/// <para>
/// Without -SnapshotId, -PolicyName and -Repository, every snapshot in every registered repository is searched. Folders that snapshots share are searched once, so that a search through many snapshots
/// takes little longer than one through one of them. Objects leave as they are found, in the order of their paths. What comes along the pipeline is collected first,
/// so that one search covers all of it.
/// </para>
/// <para>
/// A name that finds nothing is an error, unless it has wildcards.
/// </para>
/// </remarks>
/// <example>
/// <code>Find-BackupItem -Name '*.conf'</code>
/// <para>Finds every version of every file of that name in all repositories.</para>
/// </example>
/// <example>
/// <code>Get-BackupPolicy -Name web | Find-BackupItem -Name '*' -Since (Get-Date).AddDays(-7) |
///     Sort-Object -Property SnapshotCount |
///     Select-Object -Property Path, Size, Modified, LastSeen, SnapshotCount -First 10</code>
/// <para>Lists what was in the policy's snapshots of the last week for the shortest time.</para>
/// </example>
/// <example>
/// <code>$latest = Get-BackupSnapshot -PolicyName web -Last 1
/// $file = $latest | Get-BackupItem -Recurse | Where-Object -Property Type -EQ -Value 'File' |
///     Select-Object -First 1
/// Find-BackupItem -LiteralPath $file.Path -Repository vault |
///     Format-List -Property Path, Modified, FirstSeen, LastSeen, HeldBy</code>
/// <para>Shows all versions of one file, and which snapshots hold each.</para>
/// </example>
/// <seealso cref="GetBackupItemCommand"/>
/// <seealso cref="GetBackupContentCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommon.Find, "BackupItem", DefaultParameterSetName = NameSet)]
[OutputType(typeof(BackupItem))]
public sealed class FindBackupItemCommand : SnapshotCmdlet
{
    private const string NameSet = "Name";
    private const string LiteralPathSet = "LiteralPath";

    private readonly SnapshotBatch snapshots = new();
    private readonly Dictionary<string, HashSet<string>> policies = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> whole = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> literal = new(StringComparer.Ordinal);
    private bool everywhere;

    /// <summary>Names or paths: * and ? stay within a segment, ** crosses. What begins with / is the whole path, anything else its end at any depth.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Absolute paths on the source, as they are written. Files of this host can be piped.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [DrivePathTransformation]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Only these snapshots: ids, or their beginnings.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    [ValidateCount(1, int.MaxValue)]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Only snapshots of this policy: a name or object.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(PolicyCompleter))]
    [PolicyTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? PolicyName { get; set; }

    /// <summary>Where to look: a repository's name, object or path. Without it: the policy's, or every registered one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>
    /// Only snapshots of hosts with these names, as the repository has them; case does not count. A snapshot that is named must be of such a host.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(HostCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] HostName { get; set; } = [];

    /// <summary>Snapshots of every host, as without it.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter AllHosts { get; set; }

    /// <summary>Only snapshots not older than this; without a zone it is local.</summary>
    [Parameter]
    [TimeTransformation]
    public DateTime? Since { get; set; }

    /// <summary>Only snapshots not younger than this; without a zone it is local.</summary>
    [Parameter]
    [TimeTransformation(WholeSecond = true)]
    public DateTime? Until { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || SnapshotId.Length > 1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in LiteralPath) Guard(path, () => literal.Add(Paths.Literal(path)));
        if (SnapshotId.Length > 0)
        {
            foreach (string id in SnapshotId) Guard(id, () => snapshots.Add(LocateSnapshot(id, Repository, ToHosts(HostName, AllHosts), "searched")));
        }
        else if (PolicyName is not null)
        {
            Guard(PolicyName, () =>
            {
                if (PolicyName.Length == 0) throw NamesNone(nameof(PolicyName));
                string repository = ResolveRepository(Repository) ?? FindPolicy(PolicyName).Repository;
                if (!policies.TryGetValue(repository, out HashSet<string>? names)) policies.Add(repository, names = new HashSet<string>(StringComparer.OrdinalIgnoreCase));
                names.Add(PolicyName);
            });
        }
        else if (Repository is not null)
        {
            Guard(Repository, () => whole.Add(ResolveRepository(Repository)!));
        }
        else
        {
            everywhere = true;
        }
    }

    private protected override void Finish()
    {
        if (literal.Count + Name.Length == 0) return;
        if (everywhere)
        {
            Search(repository: null, [], []);
            return;
        }

        var repositories = new List<string>(whole);
        repositories.AddRange(policies.Keys.Concat(snapshots.ByRepository.Select(static g => g.Key)).Except(whole, StringComparer.OrdinalIgnoreCase).Distinct(StringComparer.OrdinalIgnoreCase));
        foreach (string repository in repositories)
        {
            // The whole repository has every one of its policies and snapshots in it.
            bool all = whole.Contains(repository);
            IReadOnlyCollection<string> ids = all ? [] : snapshots.ByRepository.FirstOrDefault(g => g.Key.Equals(repository, StringComparison.OrdinalIgnoreCase)).Value ?? [];
            IReadOnlyCollection<string> names = all ? [] : policies.GetValueOrDefault(repository) ?? [];
            Search(repository, ids, names);
        }
    }

    private void Search(string? repository, IReadOnlyCollection<string> ids, IReadOnlyCollection<string> policyNames) => Guard(repository ?? Name.Concat(literal).First(), () =>
    {
        var query = new ItemSearchQuery
        {
            Repository = repository,
            Secret = GivenSecret(),
            Name = Name,
            LiteralPath = [.. literal],
            SnapshotId = ids.ToHashSet(StringComparer.Ordinal),
            PolicyName = policyNames,
            Hosts = ToHosts(HostName, AllHosts),
            Since = ToUtc(Since),
            Until = ToUtc(Until),
        };
        try
        {
            foreach (BackupItem item in Stream("Searching snapshots", (callbacks, token) => Engine.FindItemsAsync(query, callbacks, token))) WriteObject(item);
        }
        catch (BackupException e) when (e.Error == BackupError.ItemNotFound && literal.Count == 0 && Name.All(WildcardPattern.ContainsWildcardCharacters))
        {
            // As everywhere in PowerShell, a wildcard that matches nothing is no error.
        }
    });
}
