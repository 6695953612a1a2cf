namespace BackupPS.Engine.Compression;

/// <summary>Zstandard through the system's library.</summary>
internal sealed unsafe class ZstdCodec : ICodec
{
    // Measured on segments of 1 MiB of the reference tree of DESIGN section 9 (CPU seconds to compress, MiB), and on a table of text and
    // numbers in SQLite, a tar file, and programs (MiB each; restic has 59, 55 and 201, the last after it has found files that are there twice):
    //   level 3                        2.54 s  197.9    56.7  52.6  215.0
    //   the same, hash 16, chain 15    2.48 s  198.8    56.9  52.9  216.1
    //   the same, hash 15, chain 14    2.21 s  200.8    57.4  53.6  218.1
    //   ... and a minimum match of 6   2.18 s  204.3    57.9  54.6  223.3
    //   level 2                        2.11 s  208.6    58.8  55.5  223.7
    //   level 1                        1.90 s  217.0    60.3  58.3  236.0
    // Tables of 192 KiB stay in a core's own cache beside the data, which is where the time goes; above that, size buys little.
    private const int Level = 3, Strategy = 2 /* ZSTD_dfast */, HashLog = 15, ChainLog = 14, MinimumMatch = 5;

    // ZSTD_cParameter of zstd.h.
    private const int CompressionLevelParameter = 100, HashLogParameter = 102, ChainLogParameter = 103, MinimumMatchParameter = 105, StrategyParameter = 107;

    private nint compression;
    private nint decompression;

    public ZstdCodec()
    {
        if (!ZstdLibrary.IsAvailable) throw new BackupException(BackupError.CodecUnavailable, "The zstd library (libzstd) is not on this machine.", "libzstd");
    }

    ~ZstdCodec() => Free();

    public CodecId Id => CodecId.Zstd;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (compression == 0) compression = CreateCompression();
        fixed (byte* from = source, to = destination)
        {
            nuint length = ZstdLibrary.ZSTD_compress2(compression, to, (nuint)destination.Length, from, (nuint)source.Length);
            return ZstdLibrary.ZSTD_isError(length) != 0 ? -1 : (int)length;
        }
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (decompression == 0) decompression = Check(ZstdLibrary.ZSTD_createDCtx());
        fixed (byte* from = source, to = destination)
        {
            nuint length = ZstdLibrary.ZSTD_decompressDCtx(decompression, to, (nuint)destination.Length, from, (nuint)source.Length);
            return ZstdLibrary.ZSTD_isError(length) == 0 && length == (nuint)destination.Length;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static nint CreateCompression()
    {
        nint context = Check(ZstdLibrary.ZSTD_createCCtx());
        // A library that refuses one of these does without it: any setting makes frames that any reader takes.
        _ = ZstdLibrary.ZSTD_CCtx_setParameter(context, CompressionLevelParameter, Level);
        _ = ZstdLibrary.ZSTD_CCtx_setParameter(context, StrategyParameter, Strategy);
        _ = ZstdLibrary.ZSTD_CCtx_setParameter(context, HashLogParameter, HashLog);
        _ = ZstdLibrary.ZSTD_CCtx_setParameter(context, ChainLogParameter, ChainLog);
        _ = ZstdLibrary.ZSTD_CCtx_setParameter(context, MinimumMatchParameter, MinimumMatch);
        return context;
    }

    private static nint Check(nint context) => context != 0 ? context : throw new InsufficientMemoryException("libzstd could not allocate a context.");

    private void Free()
    {
        if (compression != 0) _ = ZstdLibrary.ZSTD_freeCCtx(compression);
        if (decompression != 0) _ = ZstdLibrary.ZSTD_freeDCtx(decompression);
        compression = decompression = 0;
    }
}
