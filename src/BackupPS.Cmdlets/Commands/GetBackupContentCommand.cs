using System.Management.Automation;
using System.Text;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>Gets the content of files in a snapshot, without restoring them.</summary>
/// <remarks>
/// <para>
/// As Get-Content does for files of this host: text line by line, or with -Raw as one string, or with -AsByteStream as bytes. Text is decoded as its byte order mark says, or else as -Encoding says, which is UTF-8 by default.
/// </para>
/// <para>
/// Content leaves as it is read, and no more of it is held in memory than a line or a block, unless -Raw asks for all. -TotalCount stops reading there, and -Tail reads from the end backwards, so that both are quick
/// for large files. Every byte is proved by its hash before it leaves.
/// </para>
/// <para>
/// Items from Get-BackupItem, Find-BackupItem and Compare-BackupSnapshot can be piped. A folder or link has no content, and is an error record.
/// </para>
/// </remarks>
/// <example>
/// <code>Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Path '**/*.conf' | Get-BackupContent</code>
/// <para>Shows the lines of all files with names that end with .conf, as the latest snapshot has them.</para>
/// </example>
/// <example>
/// <code>$file = Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Recurse |
///     Where-Object -Property Type -EQ -Value 'File' | Select-Object -First 1
/// Find-BackupItem -LiteralPath $file.Path |
///     ForEach-Object -Process { "As of $($_.FirstSeen):"; $_ | Get-BackupContent -Tail 3 }</code>
/// <para>Shows the last three lines of each version of one file.</para>
/// </example>
/// <example>
/// <code>$file = Get-BackupSnapshot -PolicyName web -Last 1 | Get-BackupItem -Recurse |
///     Where-Object -Property Type -EQ -Value 'File' | Select-Object -First 1
/// $file | Get-BackupContent -AsByteStream -TotalCount 16 | Format-Hex</code>
/// <para>Shows the first 16 bytes of a file.</para>
/// </example>
/// <seealso cref="GetBackupItemCommand"/>
/// <seealso cref="FindBackupItemCommand"/>
/// <seealso cref="RestoreBackupCommand"/>
[Cmdlet(VerbsCommon.Get, "BackupContent", DefaultParameterSetName = PathSet)]
[OutputType(typeof(string), typeof(byte))]
public sealed class GetBackupContentCommand : SnapshotCmdlet
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
    [ValidateNotNull]
    public string? Repository { get; set; }

    /// <summary>Files, by absolute paths on the source: * and ? stay within a segment, ** crosses. The path of an item from the pipeline is taken as it is.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [DrivePathTransformation]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Files, by absolute paths on the source as they are written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Bytes in place of text.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>All of a file as one string, or with -AsByteStream as one array of bytes.</summary>
    [Parameter]
    [RefuseNull]
    public SwitchParameter Raw { get; set; }

    /// <summary>How text is encoded where the file does not begin with a byte order mark: a name such as utf8, unicode or ansi, or the name or number of a code page.</summary>
    /// <value>utf-8</value>
    [Parameter]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [EncodingTransformation]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = Encoding.UTF8;

    /// <summary>How many lines, or bytes, leave at a time, as an array: 0 for all at once.</summary>
    /// <value>1</value>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int ReadCount { get; set; } = 1;

    /// <summary>Only the first so many lines, or bytes, of each file.</summary>
    [Parameter]
    [Alias("First", "Head")]
    [ValidateRange(0, long.MaxValue)]
    [RefuseNull]
    public long? TotalCount { get; set; }

    /// <summary>Only the last so many lines, or bytes, of each file.</summary>
    [Parameter]
    [Alias("Last")]
    [ValidateRange(0, int.MaxValue)]
    [RefuseNull]
    public int? Tail { get; set; }

    private protected override bool MoreRecordsMayFollow => base.MoreRecordsMayFollow || Path.Length + LiteralPath.Length > 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        pathIsPattern = MyInvocation.BoundParameters.ContainsKey(nameof(Path));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => Guard(SnapshotId, () =>
    {
        CheckCounts();
        (string repository, string id) = LocateSnapshot(SnapshotId, Repository);
        foreach (string path in pathIsPattern ? Path : [])
        {
            Guard(path, () => Expand(repository, id, path));
        }

        foreach (string path in pathIsPattern ? LiteralPath : [.. LiteralPath, .. Path])
        {
            Guard(path, () => Emit(repository, id, path));
        }
    });

    private void CheckCounts()
    {
        bool isPart = TotalCount is not null || Tail is not null;
        if (TotalCount is not null && Tail is not null) throw new BackupException(BackupError.InvalidArgument, "-TotalCount and -Tail exclude each other.", nameof(Tail));
        if (Raw && (isPart || Given(nameof(ReadCount)))) throw new BackupException(BackupError.InvalidArgument, "-Raw is all of a file: it excludes -TotalCount, -Tail and -ReadCount.", nameof(Raw));
        if (AsByteStream && Given(nameof(Encoding))) throw new BackupException(BackupError.InvalidArgument, "-AsByteStream decodes nothing: it excludes -Encoding.", nameof(Encoding));
    }

    private bool Given(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private void Expand(string repository, string id, string pattern)
    {
        var query = new ItemQuery { Repository = repository, SnapshotId = id, Secret = GivenSecret(), Path = [pattern] };
        bool hasWildcards = WildcardPattern.ContainsWildcardCharacters(pattern);
        try
        {
            // Of what a wildcard matches, files are meant.
            foreach (BackupItem item in Stream(token => Engine.GetItemsAsync(query, token)))
            {
                if (item.Type == "File" || !hasWildcards) Guard(item.Path, () => Emit(repository, id, item.Path));
            }
        }
        catch (BackupException e) when (e.Error == BackupError.ItemNotFound && hasWildcards)
        {
            // As everywhere in PowerShell, a wildcard that matches nothing is no error.
        }
    }

    private void Emit(string repository, string id, string path)
    {
        var query = new ContentQuery { Repository = repository, SnapshotId = id, Secret = GivenSecret(), Path = path };
        var reader = new ContentReader(token => Engine.OpenContentAsync(query, token));
        if (AsByteStream) EmitBytes(reader, path);
        else if (Raw) WriteObject(Await(token => reader.ReadTextAsync(Encoding, token)));
        else EmitLines(Stream(token => reader.ReadLinesAsync(Encoding, Tail ?? -1, token)));
    }

    private void EmitLines(IEnumerable<string> lines)
    {
        var batch = new List<string>();
        long left = TotalCount ?? long.MaxValue;
        if (left == 0) return;
        foreach (string line in lines)
        {
            if (ReadCount == 1)
            {
                WriteObject(line);
            }
            else
            {
                batch.Add(line);
                if (batch.Count == ReadCount) Release();
            }

            if (--left == 0) break;
        }

        if (batch.Count > 0) Release();

        void Release()
        {
            WriteObject(batch.ToArray());
            batch.Clear();
        }
    }

    private void EmitBytes(ContentReader reader, string path)
    {
        // All bytes at once are one array, which is known to have room for them.
        if (Raw || (ReadCount == 0 && TotalCount is null && Tail is null))
        {
            WriteObject(Await(token => reader.ReadBytesAsync(ViewText.Path(path), token)));
            return;
        }

        var batch = new MemoryStream();
        long left = TotalCount ?? long.MaxValue;
        if (left == 0) return;
        foreach (byte[] block in Stream(token => reader.ReadBlocksAsync(Tail ?? -1, token)))
        {
            ReadOnlySpan<byte> bytes = block.AsSpan(0, (int)Math.Min(left, block.Length));
            left -= bytes.Length;
            if (ReadCount == 1)
            {
                WriteObject(bytes.ToArray(), enumerateCollection: true);
            }
            else
            {
                while (ReadCount > 0 && batch.Length + bytes.Length >= ReadCount)
                {
                    int fitting = ReadCount - (int)batch.Length;
                    batch.Write(bytes[..fitting]);
                    bytes = bytes[fitting..];
                    Release();
                }

                batch.Write(bytes);
            }

            if (left == 0) break;
        }

        if (batch.Length > 0) Release();

        void Release()
        {
            WriteObject(batch.ToArray());
            batch.SetLength(0);
        }
    }
}
