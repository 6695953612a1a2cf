using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Lists what a snapshot holds.</summary>
[Cmdlet(VerbsCommon.Get, "BackupItem", DefaultParameterSetName = PathSet)]
[OutputType(typeof(BackupItem))]
public sealed class GetBackupItemCommand : SnapshotCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private bool pathIsPattern;

    /// <summary>The snapshot: its id, or the beginning of it.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    public string SnapshotId { get; set; } = "";

    /// <summary>Where to look: a repository's name, object or path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    public string? Repository { get; set; }

    /// <summary>Absolute paths on the source: * and ? stay within a segment, ** crosses. Without it: the sources. The path of an item from the pipeline is taken as it is.</summary>
    [Parameter(Position = 1, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Absolute paths on the source, as they are written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Lists everything below a folder that matches, too.</summary>
    [Parameter]
    public SwitchParameter Recurse { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => pathIsPattern = MyInvocation.BoundParameters.ContainsKey(nameof(Path));

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
