using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists what a snapshot holds.</summary>
/// <remarks>
/// <para>Without -Path: the sources of the snapshot. With -Path or -LiteralPath: the items that match; and with -Recurse all that is below a folder
/// which matches. A folder comes before what is in it, and names in ordinal order. Items leave one by one: Select-Object -First ends the
/// reading.</para>
/// <para>Each item has its size, times, owner and mode as they were saved, and knows its snapshot: pipe it to Restore-Backup. A pattern without
/// wildcards, and a literal path, that the snapshot does not have is the error ItemNotFound.</para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Path '**/*.html'</code>
/// All HTML files of the latest snapshot, at any depth.
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Recurse | Sort-Object Size -Descending -Top 10</code>
/// Its ten largest items.
/// </example>
/// <example>
/// <code>
/// Get-BackupSnapshot -PolicyName web | Get-BackupItem -Path '**/index.html' |
///     Format-Table SnapshotId, Modified, Size
/// </code>
/// The versions of a file: the same path in each snapshot of a policy.
/// </example>
/// <example>
/// <code>
/// Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -LiteralPath "$HOME/site" -Recurse |
///     Where-Object Type -EQ SymbolicLink
/// </code>
/// The links below a folder.
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso>about_BackupPS_Policies</seealso>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsCommon.Get, "BackupItem", DefaultParameterSetName = PathSet)]
[OutputType(typeof(BackupItem))]
public sealed class GetBackupItemCommand : SnapshotCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private bool pathIsPattern;

    /// <summary>The snapshot: its id, or as much of the beginning of it as tells it from others.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string SnapshotId { get; set; } = "";

    /// <summary>Where to look: a repository's name, object or path. Without it: in every repository that is registered here.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>
    /// Absolute paths on the source, as patterns: * and ? stay within a name, ** crosses folders; one that begins with / is about the whole path, any
    /// other matches at any depth. The path of an item from the pipeline is taken as it is. Without it: the sources.
    /// </summary>
    [Parameter(Position = 1, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [DrivePathTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Absolute paths on the source, as they are written: * is a star.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Lists everything below a folder that matches, too; without -Path, everything.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Recurse { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        pathIsPattern = MyInvocation.BoundParameters.ContainsKey(nameof(Path));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(SnapshotId, () =>
    {
        BackupSnapshot snapshot = FindSnapshot(SnapshotId, Repository);
        var query = new ItemQuery
        {
            Repository = snapshot.Repository,
            SnapshotId = snapshot.SnapshotId,
            Secret = GivenSecret(),
            Path = pathIsPattern ? Path : [],
            LiteralPath = pathIsPattern ? LiteralPath : [.. LiteralPath, .. Path],
            Recurse = Recurse,
        };
        try
        {
            foreach (BackupItem item in Stream(token => Engine.GetItemsAsync(query, token))) WriteObject(item);
        }
        catch (BackupException e) when (e.Error == BackupError.ItemNotFound && query.LiteralPath.Count == 0 && query.Path.All(WildcardPattern.ContainsWildcardCharacters))
        {
            // As everywhere in PowerShell, a wildcard that matches nothing is no error.
        }
    });
}
