using BackupPS.Benchmarks.DataSets;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>A segment of 1 MiB on its way into a pack and out of it.</summary>
public class SegmentKernels
{
    private const int Length = 1024 * 1024;

    private readonly byte[] text = new byte[Length];
    private readonly byte[] noise = KernelKeys.Bytes(20, Length);
    private readonly byte[] opened = new byte[Length];
    private readonly byte[] decoded = new byte[Length];
    private readonly byte[] room = new byte[Length + ObjectSeal.TagLength];
    private readonly byte[] sealedText;
    private readonly byte[] sealedNoise = new byte[Length + ObjectSeal.TagLength];
    private readonly SegmentCompressor compressor = new(CodecId.Zstd);
    private readonly ICodec codec = SegmentCompressor.CreateCodec(CodecId.Zstd)!;
    private readonly ObjectSeal seal = ObjectSeal.ForPack(KernelKeys.Create(), 1, KernelKeys.Bytes(21, ObjectSeal.SaltLength));

    public SegmentKernels()
    {
        new SeededText(new SeededRandom(22)).Fill(text);
        ReadOnlySpan<byte> compressed = compressor.Compress(text, out _);
        sealedText = new byte[compressed.Length + ObjectSeal.TagLength];
        seal.Seal(SealPosition.Segment(0), compressed, sealedText);
        seal.Seal(SealPosition.Segment(0), noise, sealedNoise);
    }

    /// <summary>Compress, decode and compare, encrypt.</summary>
    [Benchmark]
    [Kernel("segment seal, text", "byte", Length, "0.3 GB/s (zstd level 3)")]
    public int Seal() => Seal(text);

    /// <summary>The same of what does not shrink.</summary>
    [Benchmark]
    [Kernel("segment seal, noise", "byte", Length, "5.5 GB/s (AES-256-GCM)")]
    public int SealNoise() => Seal(noise);

    /// <summary>Decrypt and decode.</summary>
    [Benchmark]
    [Kernel("segment open, text", "byte", Length, "1.6 GB/s (zstd decoding)")]
    public bool Open()
    {
        Span<byte> compressed = opened.AsSpan(0, sealedText.Length - ObjectSeal.TagLength);
        return seal.TryOpen(SealPosition.Segment(0), sealedText, compressed) && codec.TryDecompress(compressed, decoded);
    }

    /// <summary>The same of what was stored plain.</summary>
    [Benchmark]
    [Kernel("segment open, noise", "byte", Length, "5.5 GB/s (AES-256-GCM)")]
    public bool OpenNoise() => seal.TryOpen(SealPosition.Segment(0), sealedNoise, opened);

    /// <summary>Frees what is native.</summary>
    [GlobalCleanup]
    public void Free()
    {
        compressor.Dispose();
        codec.Dispose();
        seal.Dispose();
    }

    private int Seal(byte[] raw)
    {
        ReadOnlySpan<byte> stored = compressor.Compress(raw, out _);
        seal.Seal(SealPosition.Segment(0), stored, room.AsSpan(0, stored.Length + ObjectSeal.TagLength));
        return stored.Length;
    }
}
