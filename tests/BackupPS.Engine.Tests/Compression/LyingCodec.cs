using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Tests.Compression;

/// <summary>A codec with a defect: what it compresses decodes to something else, or not at all.</summary>
internal sealed class LyingCodec(bool decodes) : ICodec
{
    private byte[] last = [];

    public CodecId Id => CodecId.Zstd;

    public bool IsDisposed { get; private set; }

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        last = source.ToArray();
        last[^1] ^= 1;
        return 1;
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        last.CopyTo(destination);
        return decodes;
    }

    public void Dispose() => IsDisposed = true;
}
