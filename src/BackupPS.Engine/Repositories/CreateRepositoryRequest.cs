namespace BackupPS.Engine;

/// <summary>A new repository.</summary>
public sealed record CreateRepositoryRequest
{
    /// <summary>The name under which to register it; <see langword="null"/>: it is used by path.</summary>
    public string? Name { get; init; }

    /// <summary>Absolute path of a folder that is empty or does not exist.</summary>
    public required string Path { get; init; }

    /// <summary>The first key.</summary>
    public required RepositorySecret Secret { get; init; }

    /// <summary><c>Auto</c> (which is zstd), <c>Zstd</c>, <c>Brotli</c> or <c>None</c>.</summary>
    public string Compression { get; init; } = "Auto";

    /// <summary><c>ContentDefined</c> or <c>Fixed</c>.</summary>
    public string Chunking { get; init; } = "ContentDefined";

    /// <summary>Average or fixed chunk size in bytes: a power of two from 64 KiB to 4 MiB; 0: 256 KiB.</summary>
    public int ChunkSize { get; init; }
}
