using ZstdSharp;
using ZstdSharp.Unsafe;

namespace BackupPS.Engine.Compression;

/// <summary>Zstandard in C# (ZstdSharp), for where no native library loads. Nothing else refers to that library.</summary>
internal sealed class ManagedZstdCodec : ICodec
{
    // Each owns native memory, and frees it by a finalizer of its own.
    private Compressor? compressor;
    private Decompressor? decompressor;

    public CodecId Id => CodecId.Zstd;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        compressor ??= CreateCompressor();
        return compressor.TryWrap(source, destination, out int length) ? length : -1;
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        decompressor ??= new Decompressor();
        try
        {
            return decompressor.TryUnwrap(source, destination, out int length) && length == destination.Length;
        }
        catch (ZstdException)
        {
            // What is no frame, or a damaged one.
            return false;
        }
    }

    public void Dispose()
    {
        compressor?.Dispose();
        decompressor?.Dispose();
        compressor = null;
        decompressor = null;
    }

    private static Compressor CreateCompressor()
    {
        var created = new Compressor(ZstdSettings.Level);
        created.SetParameter(ZSTD_cParameter.ZSTD_c_strategy, ZstdSettings.Strategy);
        created.SetParameter(ZSTD_cParameter.ZSTD_c_hashLog, ZstdSettings.HashLog);
        created.SetParameter(ZSTD_cParameter.ZSTD_c_chainLog, ZstdSettings.ChainLog);
        created.SetParameter(ZSTD_cParameter.ZSTD_c_minMatch, ZstdSettings.MinimumMatch);
        return created;
    }
}
