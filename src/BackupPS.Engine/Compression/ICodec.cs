namespace BackupPS.Engine.Compression;

/// <summary>A codec with contexts of its own: one thread at a time.</summary>
internal interface ICodec : IDisposable
{
    CodecId Id { get; }

    /// <summary>Compresses all of <paramref name="source"/>.</summary>
    /// <returns>The length, or -1 when it does not fit into <paramref name="destination"/>.</returns>
    int Compress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Decompresses into exactly <paramref name="destination"/>.</summary>
    /// <returns>Whether the result is whole and of that length.</returns>
    bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination);
}
