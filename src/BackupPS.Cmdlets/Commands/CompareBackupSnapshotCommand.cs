using System.Management.Automation;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Compares two snapshots, or a snapshot with the files that are on this host now, and shows each item that differs.</summary>
/// <remarks>
/// <para>
/// Snapshots from the pipeline are compared by their age: each with the one after it, the older being the reference. Of two that are named, -Reference tells how things
/// were before, and -Difference how they are after. Both must be in one repository. What they share is recognized by its hash and is not read.
/// </para>
/// <para>
/// Change is Added, Removed, Modified (content, size, link target or device number), MetadataChanged (times, mode, owner, group, extended attributes)
/// or TypeChanged; Differs names what is different. A folder that comes or goes is followed by all that is in it. The modification time of a folder does not count, as it follows from what is in it.
/// </para>
/// <para>
/// With -LivePath the snapshot is compared with the files of this host. A file counts as Modified when its size or modification time differs, without being read; -Content reads all files of the same
/// size and compares them block by block, which also finds those whose times were put back. Items that the snapshot's policy excludes now are not told as Added. What cannot be read is an error record, and is not compared.
/// </para>
/// <para>
/// SnapshotId is the reference, or for an Added item the other snapshot, so that changes can be piped to Restore-Backup. Objects leave as they are found,
/// in the order of their paths.
/// </para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 2 | Compare-BackupSnapshot</code>
/// <para>Shows what changed between the last two snapshots of the policy web.</para>
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Compare-BackupSnapshot -LivePath /</code>
/// <para>Shows what has changed on this host since the last snapshot.</para>
/// </example>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Compare-BackupSnapshot -LivePath / -Content |
///     Where-Object -Property Change -In -Value 'Removed', 'Modified' | Restore-Backup -InPlace -WhatIf</code>
/// <para>Shows what it would take to bring back what was deleted or changed since the last snapshot; without -WhatIf it is brought back.</para>
/// </example>
/// <example>
/// <code>$first, $second = Get-BackupSnapshot -PolicyName web -Last 2
/// Compare-BackupSnapshot -Reference $first -Difference $second -Path '*.conf' |
///     Group-Object -Property Change -NoElement</code>
/// <para>Counts the changes of all files with names that end with .conf.</para>
/// </example>
/// <seealso cref="GetBackupSnapshotCommand"/>
/// <seealso cref="FindBackupItemCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
/// <seealso>about_BackupPS_Recovery</seealso>
[Cmdlet(VerbsData.Compare, "BackupSnapshot", DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(BackupItemChange))]
public sealed class CompareBackupSnapshotCommand : SnapshotCmdlet
{
    private const string SnapshotSet = "Snapshot";
    private const string LiveSet = "Live";

    private static readonly char[] Wildcards = ['*', '?'];

    private readonly List<BackupSnapshot> piped = [];

    /// <summary>How things were before: a snapshot, its id, or the beginning of it.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [ValidateNotNullOrEmpty]
    public PSObject? Reference { get; set; }

    /// <summary>How things are after: a snapshot, its id, or the beginning of it.</summary>
    [Parameter(Position = 1, ParameterSetName = SnapshotSet)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [ValidateNotNullOrEmpty]
    public PSObject? Difference { get; set; }

    /// <summary>Snapshots from the pipeline: several are compared each with the next in time, or each takes the place of that of -Reference and -Difference which is not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    [AllowEmptyString]
    [ValidateNotNull]
    [ValidateCount(1, int.MaxValue)]
    public string[] SnapshotId { get; set; } = [];

    /// <summary>Where to look: a repository's name, object or path.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    [RepositoryTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Compares the snapshot with these files and folders of this host, and all below them, each with the same path in the snapshot; / for all that was saved. * and ? stay within a segment, ** crosses.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiveSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] LivePath { get; set; } = [];

    /// <summary>Reads files of the same size and compares them with the snapshot block by block, whatever their times.</summary>
    [Parameter(ParameterSetName = LiveSet)]
    [RefuseNull]
    public SwitchParameter Content { get; set; }

    /// <summary>Only what matches, and all below it, by absolute paths on the source: * and ? stay within a segment, ** crosses.</summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Only these absolute paths on the source, as they are written, and all below them.</summary>
    [Parameter(ParameterSetName = SnapshotSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in SnapshotId) Guard(id, () => piped.Add(FindSnapshot(id, Repository)));
    }

    private protected override void Finish()
    {
        // Those of a bad record were told; the rest is compared.
        if (piped.Count == 0 && MyInvocation.ExpectingInput) return;
        Guard(MyInvocation.MyCommand.Name, () =>
        {
            foreach ((BackupSnapshot reference, BackupSnapshot? difference) in Pairs())
            {
                Guard(reference.SnapshotId, () => Compare(reference, difference));
            }
        });
    }

    private IEnumerable<(BackupSnapshot Reference, BackupSnapshot? Difference)> Pairs()
    {
        BackupSnapshot? reference = Find(Reference), difference = Find(Difference);
        if (ParameterSetName == LiveSet)
        {
            if ((reference is null) == (piped.Count == 0)) throw Unclear("Name one snapshot to compare with the files of this host, by -Reference or along the pipeline.");
            return reference is null ? piped.Select(static snapshot => (snapshot, (BackupSnapshot?)null)) : [(reference, null)];
        }

        if (reference is not null && difference is not null && piped.Count == 0) return [(reference, difference)];
        if (reference is null && difference is null && piped.Count > 1)
        {
            BackupSnapshot[] byAge = [.. piped.OrderBy(static snapshot => snapshot.Time)];
            return byAge.Zip(byAge.Skip(1), static (older, newer) => (older, (BackupSnapshot?)newer));
        }

        if (piped.Count > 0 && (reference is null) != (difference is null))
        {
            return piped.Select(snapshot => reference is null ? (snapshot, difference) : (reference, (BackupSnapshot?)snapshot));
        }

        throw Unclear("Name two snapshots, by -Reference and -Difference or along the pipeline, or one and -LivePath.");
    }

    private void Compare(BackupSnapshot reference, BackupSnapshot? difference)
    {
        if (difference is not null && difference.RepositoryId != reference.RepositoryId)
        {
            throw new BackupException(BackupError.RepositoriesDiffer, $"The snapshot {reference.SnapshotId} is in '{reference.Repository}', and {difference.SnapshotId} in '{difference.Repository}': hashes of different repositories cannot be compared.", difference.SnapshotId);
        }

        string[] paths = ParameterSetName == LiveSet ? [.. LivePath.Select(Paths.Literal)] : Path;
        var query = new CompareQuery
        {
            Repository = reference.Repository,
            Secret = GivenSecret(),
            ReferenceId = reference.SnapshotId,
            DifferenceId = difference?.SnapshotId,
            Path = [.. paths.Where(static path => !IsLiteral(path))],
            LiteralPath = [.. LiteralPath, .. paths.Where(IsLiteral)],
            Content = Content,
        };
        string activity = $"Comparing {Describe(reference)} with {(difference is null ? "the files of this host" : Describe(difference))}";
        foreach (BackupItemChange change in Stream(activity, (callbacks, token) => Engine.CompareAsync(query, callbacks, token))) WriteObject(change);
    }

    // What has no wildcard and is a whole path must be there on one side, or it is an error.
    private static bool IsLiteral(string path) => path.IndexOfAny(Wildcards) < 0 && System.IO.Path.IsPathFullyQualified(path) && (path.Length == 1 || !path.EndsWith('/'));

    private BackupSnapshot? Find(PSObject? named)
    {
        if (named is null) return null;
        if (named.BaseObject is string id) return FindSnapshot(id, Repository);
        string? ownId = named.Properties[nameof(BackupSnapshot.SnapshotId)]?.Value as string, ownRepository = named.Properties[nameof(BackupSnapshot.Repository)]?.Value as string;
        return ownId is null ? throw Unclear($"'{named}' is no snapshot.") : FindSnapshot(ownId, ownRepository ?? Repository);
    }

    private static BackupException Unclear(string message) => new(BackupError.InvalidArgument, message, nameof(Reference));
}
