using System.IO.Compression;

namespace BackupPS.Engine.Compression;

/// <summary>Brotli of the .NET runtime: on every platform, slower than zstd.</summary>
internal sealed class BrotliCodec : ICodec
{
    // Quality 1 is the fastest that still finds matches across 1 MiB; window 20 bits covers a whole segment.
    private const int Quality = 1, Window = 20;

    public CodecId Id => CodecId.Brotli;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination) =>
        BrotliEncoder.TryCompress(source, destination, out int written, Quality, Window) ? written : -1;

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        using var decoder = default(BrotliDecoder);
        return decoder.Decompress(source, destination, out int consumed, out int written) == System.Buffers.OperationStatus.Done
            && consumed == source.Length && written == destination.Length;
    }

    public void Dispose()
    {
    }
}
