namespace BackupPS.Engine.Compression;

/// <summary>Compresses segments for one worker, and proves each result by decoding it (a compressor's bug lost users of restic data: restic#4529).</summary>
internal sealed class SegmentCompressor : IDisposable
{
    // Below this, a probe costs as much as the compression itself.
    private const int ProbeThreshold = 128 * 1024;

    // Three samples of 8 KiB tell data that was compressed or encrypted from other data.
    private const int SampleLength = 8 * 1024;

    // Segments are about 1 MiB (DESIGN section 5); pages that a smaller one does not touch cost nothing.
    private const int UsualLength = 1024 * 1024;

    private readonly ICodec? codec;
    private NativeBuffer? compressed;
    private NativeBuffer? decoded;

    public SegmentCompressor(CodecId codec)
        : this(CreateCodec(codec))
    {
    }

    /// <summary>With a codec of the caller's, which is disposed with this; <see langword="null"/>: none.</summary>
    internal SegmentCompressor(ICodec? codec) => this.codec = codec;

    /// <summary>Compresses a segment; the result is valid until the next call, and is <paramref name="raw"/> itself where it does not shrink.</summary>
    /// <exception cref="BackupException">The result does not decode to what went in (<see cref="BackupError.CompressionFailed"/>).</exception>
    public ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> raw, out CodecId used)
    {
        used = CodecId.None;
        if (codec is null || raw.Length < 32 || (raw.Length >= ProbeThreshold && !LooksCompressible(raw))) return raw;

        // Only a result that saves 1 % is worth the decoding at restore.
        int limit = raw.Length - (raw.Length / 100) - 1;
        Span<byte> destination = Reserve(ref compressed, raw.Length)[..limit];
        int length = codec.Compress(raw, destination);
        if (length < 0) return raw;

        Span<byte> copy = Reserve(ref decoded, raw.Length);
        if (!codec.TryDecompress(destination[..length], copy) || !copy.SequenceEqual(raw))
        {
            throw new BackupException(BackupError.CompressionFailed, $"A segment of {raw.Length} bytes did not decode to what was compressed ({codec.Id}).", codec.Id.ToString());
        }

        used = codec.Id;
        return destination[..length];
    }

    public void Dispose()
    {
        codec?.Dispose();
        compressed?.Dispose();
        decoded?.Dispose();
    }

    /// <summary>A codec by its id; <see langword="null"/> for none.</summary>
    public static ICodec? CreateCodec(CodecId id) => id switch
    {
        CodecId.None => null,
        CodecId.Zstd => ZstdChoice.OfThisProcess.CreateCodec(),
        CodecId.Brotli => new BrotliCodec(),
        _ => throw new BackupException(BackupError.UnsupportedFormat, $"The repository uses codec {(byte)id}, which this version does not know."),
    };

    private bool LooksCompressible(ReadOnlySpan<byte> raw)
    {
        Span<byte> destination = Reserve(ref compressed, raw.Length)[..(SampleLength - (SampleLength / 50))];
        int step = (raw.Length - SampleLength) / 2;
        for (int i = 0; i < 3; i++)
        {
            if (codec!.Compress(raw.Slice(i * step, SampleLength), destination) >= 0) return true;
        }

        return false;
    }

    private static Span<byte> Reserve(ref NativeBuffer? buffer, int length)
    {
        if (buffer is null || buffer.Length < length)
        {
            buffer?.Dispose();
            buffer = null;
            // Few lengths, so that a worker does not ask again and again: a segment's usual one, then powers of two.
            buffer = new NativeBuffer(Math.Max(UsualLength, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)));
        }

        return buffer.GetSpan()[..length];
    }
}
