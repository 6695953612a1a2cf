using BackupPS.Benchmarks.DataSets;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;
using BenchmarkDotNet.Attributes;

namespace BackupPS.Benchmarks.Kernels;

/// <summary>The index of a million blobs, as of some 80 GB of small files.</summary>
public class IndexKernels
{
    private const int PackCount = 500, SegmentsInPack = 100, BlobsInSegment = 20, BlobCount = PackCount * SegmentsInPack * BlobsInSegment;
    private const int LookupCount = 1_000_000;

    private readonly PackDescription[] packs = new PackDescription[PackCount];
    private readonly BlobId[] present = new BlobId[LookupCount];
    private readonly BlobId[] absent = new BlobId[LookupCount];
    private readonly BlobIndex index;

    public IndexKernels()
    {
        var random = new SeededRandom(40);
        byte[] id = new byte[BlobId.Length];
        int number = 0;
        for (int p = 0; p < PackCount; p++)
        {
            var segments = new SegmentContents[SegmentsInPack];
            for (int s = 0; s < SegmentsInPack; s++)
            {
                var blobs = new BlobEntry[BlobsInSegment];
                for (int b = 0; b < BlobsInSegment; b++)
                {
                    blobs[b] = new BlobEntry(Draw(), 16 * 1024);
                    present[number++] = blobs[b].Id;
                }

                segments[s] = new SegmentContents(100_000, BlobsInSegment * 16 * 1024, CodecId.Zstd, blobs);
            }

            byte[] name = new byte[32], salt = new byte[32];
            random.Fill(name);
            packs[p] = new PackDescription(name, salt, BlobKind.Data, 20_000_000, segments);
        }

        for (int i = 0; i < LookupCount; i++) absent[i] = Draw();
        for (int i = 0; i < LookupCount; i++)
        {
            int other = random.Below(LookupCount);
            (present[i], present[other]) = (present[other], present[i]);
        }

        index = Fill();

        BlobId Draw()
        {
            random.Fill(id);
            return new BlobId(id);
        }
    }

    /// <summary>The table from what index objects say.</summary>
    [Benchmark]
    [Kernel("index build, a million blobs", "blob", BlobCount)]
    public int Build() => Fill().Count;

    /// <summary>Blobs that are there, in no order.</summary>
    [Benchmark]
    [Kernel("index lookup, there", "blob", LookupCount)]
    public int FindPresent()
    {
        int found = 0;
        foreach (BlobId id in present) found += index.TryFind(id, 0, out _) ? 1 : 0;
        return found;
    }

    /// <summary>Blobs that are not.</summary>
    [Benchmark]
    [Kernel("index lookup, not there", "blob", LookupCount)]
    public int FindAbsent()
    {
        int found = 0;
        foreach (BlobId id in absent) found += index.Contains(id) ? 1 : 0;
        return found;
    }

    private BlobIndex Fill()
    {
        var filled = new BlobIndex();
        foreach (PackDescription pack in packs) filled.Add(pack);
        return filled;
    }
}
