using BackupPS.Engine.Chunking;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>What each byte of content goes through before it is known to be new.</summary>
public class ContentKernels
{
    private const int Length = 64 * 1024 * 1024, BlobLength = 1024 * 1024, SmallLength = 16 * 1024, SmallCount = 64;

    private readonly byte[] content = KernelKeys.Bytes(10, Length);
    private readonly KeySet keys = KernelKeys.Create();
    private readonly FastCdcChunker chunker = new(KernelKeys.Create().Chunking, 64 * 1024, 256 * 1024, 1024 * 1024);

    /// <summary>Cuts 64 MiB of noise.</summary>
    [Benchmark]
    [Kernel("chunker: FastCDC", "byte", Length, "3.5 GB/s (gear hash)")]
    public int Chunk()
    {
        int chunks = 0;
        for (int at = 0; at < content.Length; chunks++) at += chunker.FindCut(content.AsSpan(at));
        return chunks;
    }

    /// <summary>The id of a chunk of 1 MiB.</summary>
    [Benchmark]
    [Kernel("blob id, 1 MiB", "byte", BlobLength, "2.0 GB/s (SHA-256)")]
    public bool HashChunk() => keys.ComputeId(BlobKind.Data, content.AsSpan(0, BlobLength)).IsZero;

    /// <summary>The ids of 64 files of 16 KiB.</summary>
    [Benchmark]
    [Kernel("blob id, 16 KiB", "byte", SmallLength * SmallCount, "2.0 GB/s (SHA-256)")]
    public bool HashFiles()
    {
        bool zero = false;
        for (int i = 0; i < SmallCount; i++) zero |= keys.ComputeId(BlobKind.Data, content.AsSpan(i * SmallLength, SmallLength)).IsZero;
        return zero;
    }
}
