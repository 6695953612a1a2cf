namespace BackupPS.Engine.Compression;

/// <summary>How a segment is compressed; the numbers are those of the format.</summary>
internal enum CodecId : byte
{
    /// <summary>Stored as it is.</summary>
    None = 0,
    /// <summary>One Zstandard frame (RFC 8878).</summary>
    Zstd = 1,
    /// <summary>One Brotli stream (RFC 7932).</summary>
    Brotli = 2,
}
