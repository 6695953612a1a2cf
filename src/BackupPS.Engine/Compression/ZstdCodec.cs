namespace BackupPS.Engine.Compression;

/// <summary>Zstandard through a native library.</summary>
internal sealed unsafe class ZstdCodec(ZstdLibrary library) : ICodec
{
    // ZSTD_cParameter of zstd.h.
    private const int CompressionLevelParameter = 100, HashLogParameter = 102, ChainLogParameter = 103, MinimumMatchParameter = 105, StrategyParameter = 107;

    private nint compression;
    private nint decompression;

    ~ZstdCodec() => Free();

    public CodecId Id => CodecId.Zstd;

    public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (compression == 0) compression = CreateCompression();
        fixed (byte* from = source, to = destination)
        {
            nuint length = library.Compress(compression, to, (nuint)destination.Length, from, (nuint)source.Length);
            return library.IsError(length) ? -1 : (int)length;
        }
    }

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (decompression == 0) decompression = Check(library.CreateDecompression());
        fixed (byte* from = source, to = destination)
        {
            nuint length = library.Decompress(decompression, to, (nuint)destination.Length, from, (nuint)source.Length);
            return !library.IsError(length) && length == (nuint)destination.Length;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint CreateCompression()
    {
        nint context = Check(library.CreateCompression());
        // A library that refuses one of these does without it: any setting makes frames that any reader takes.
        library.SetParameter(context, CompressionLevelParameter, ZstdSettings.Level);
        library.SetParameter(context, StrategyParameter, ZstdSettings.Strategy);
        library.SetParameter(context, HashLogParameter, ZstdSettings.HashLog);
        library.SetParameter(context, ChainLogParameter, ZstdSettings.ChainLog);
        library.SetParameter(context, MinimumMatchParameter, ZstdSettings.MinimumMatch);
        return context;
    }

    private static nint Check(nint context) => context != 0 ? context : throw new InsufficientMemoryException("libzstd could not allocate a context.");

    private void Free()
    {
        if (compression != 0) library.FreeCompression(compression);
        if (decompression != 0) library.FreeDecompression(decompression);
        compression = decompression = 0;
    }
}
