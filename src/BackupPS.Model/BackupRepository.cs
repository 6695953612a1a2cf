namespace BackupPS;

/// <summary>One object store with one set of keys, as known on this host.</summary>
public sealed class BackupRepository
{
    /// <summary>The name under which it is registered here; empty when it is used by path only.</summary>
    public required string Name { get; init; }

    /// <summary>What <c>-Repository</c> takes for it: the name, or the path where there is no name.</summary>
    public required string Repository { get; init; }

    /// <summary>32 hexadecimal digits, drawn when the repository was created. Empty when it could not be read.</summary>
    public required string RepositoryId { get; init; }

    /// <summary>Where the bytes are: an absolute folder path.</summary>
    public required string Path { get; init; }

    /// <summary>The kind of object store: <c>Folder</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>Unlocked</c>, <c>Locked</c> (its keys are not in this process), <c>Damaged</c> (it is there, and its repository.json cannot be read) or <c>Unreachable</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Format version of the repository; 0 when it could not be read.</summary>
    public int FormatVersion { get; init; }

    /// <summary>Codec for new segments: <c>Zstd</c>, <c>Brotli</c> or <c>None</c>.</summary>
    public string Compression { get; init; } = "";

    /// <summary><c>ContentDefined</c> or <c>Fixed</c>.</summary>
    public string Chunking { get; init; } = "";

    /// <summary>Average (content-defined) or exact (fixed) size of a chunk, in bytes.</summary>
    public long ChunkSize { get; init; }

    /// <summary>When it was created (UTC).</summary>
    public DateTimeOffset Created { get; init; }
}
