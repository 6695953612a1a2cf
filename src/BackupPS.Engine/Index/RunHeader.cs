using System.Buffers.Binary;
using System.Numerics;

namespace BackupPS.Engine.Index;

/// <summary>
/// The first block of a run's file, and where the sections begin that follow it, each on a block of its own: objects, packs, segments,
/// directory, filter, entries; last the tags of all blocks. The file is a cache: a program that does not know its form deletes it.
/// </summary>
internal sealed class RunHeader
{
    /// <summary>Id (16 bytes) and length (8) of an index object.</summary>
    public const int ObjectLength = 24;

    /// <summary>Name 32, salt 32, length 4, first segment 4, segments 4, kind 1, zero 3.</summary>
    public const int PackLength = 80;

    /// <summary>Offset, sealed length, raw length, codec: 4 bytes each.</summary>
    public const int SegmentLength = 16;

    /// <summary>A line of the filter is a line of the processor's cache.</summary>
    public const int FilterLineLength = 64;

    // 10 bits a blob and 6 of them set: some 1.5 % of the blobs that are not there pass (DESIGN section 5 asks for 25 MB at 20 million).
    private const int FilterBitsPerEntry = 10;

    // A bucket of the directory has 16 to 32 entries: one kilobyte, found by one read of a table that is a 150th of the entries.
    private const int EntriesPerBucket = 16;

    private const int MaximumBucketBits = 30;
    private const uint Magic = 0x58535042;
    private const uint Version = 1;

    /// <summary>The first section, after the header's block.</summary>
    public const long ObjectsOffset = BlockSeal.BlockLength;

    public readonly byte[] Salt;
    public readonly int Objects;
    public readonly int Packs;
    public readonly int Segments;
    public readonly long Entries;

    /// <summary>First bits of an id that choose its bucket in the directory.</summary>
    public readonly int BucketBits;
    public readonly long FilterLines;

    public readonly long PacksOffset;
    public readonly long SegmentsOffset;
    public readonly long DirectoryOffset;
    public readonly long FilterOffset;
    public readonly long EntriesOffset;
    public readonly long TagsOffset;
    public readonly long Blocks;
    public readonly long FileLength;

    // Fields, not properties: each of those would be compiled anew in every process.
    private RunHeader(byte[] salt, int objects, int packs, int segments, long entries, int bucketBits, long filterLines)
    {
        Salt = salt;
        Objects = objects;
        Packs = packs;
        Segments = segments;
        Entries = entries;
        BucketBits = bucketBits;
        FilterLines = filterLines;
        PacksOffset = ObjectsOffset + Align((long)objects * ObjectLength);
        SegmentsOffset = PacksOffset + Align((long)packs * PackLength);
        DirectoryOffset = SegmentsOffset + Align((long)segments * SegmentLength);
        FilterOffset = DirectoryOffset + Align(((1L << bucketBits) + 1) * sizeof(uint));
        EntriesOffset = FilterOffset + Align(filterLines * FilterLineLength);
        TagsOffset = EntriesOffset + Align(entries * IndexEntry.Length);
        Blocks = TagsOffset / BlockSeal.BlockLength;
        FileLength = TagsOffset + (Blocks * BlockSeal.TagLength);
    }

    /// <summary>A header for at most so many entries.</summary>
    public static RunHeader For(byte[] salt, int objects, int packs, int segments, long maximumEntries) => new(
        salt,
        objects,
        packs,
        segments,
        maximumEntries,
        bucketBits: Math.Clamp(BitOperations.Log2((ulong)(maximumEntries / EntriesPerBucket) | 1), 1, MaximumBucketBits),
        filterLines: (maximumEntries * FilterBitsPerEntry / (8 * FilterLineLength)) + 1);

    /// <summary>The header once the entries are counted. The sections before them stay where they are.</summary>
    public RunHeader WithEntries(long count) => new(Salt, Objects, Packs, Segments, count, BucketBits, FilterLines);

    public void Write(Span<byte> block)
    {
        block.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(block, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], Version);
        Salt.CopyTo(block[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(block[40..], Objects);
        BinaryPrimitives.WriteInt32LittleEndian(block[44..], Packs);
        BinaryPrimitives.WriteInt32LittleEndian(block[48..], Segments);
        BinaryPrimitives.WriteInt32LittleEndian(block[52..], BucketBits);
        BinaryPrimitives.WriteInt64LittleEndian(block[56..], Entries);
        BinaryPrimitives.WriteInt64LittleEndian(block[64..], FilterLines);
    }

    /// <summary>Reads a header that is not proved yet; a file of its <see cref="FileLength"/> holds all that it speaks of.</summary>
    /// <returns><see langword="null"/>: it is none.</returns>
    public static RunHeader? TryRead(ReadOnlySpan<byte> block)
    {
        if (block.Length < BlockSeal.BlockLength || BinaryPrimitives.ReadUInt32LittleEndian(block) != Magic || BinaryPrimitives.ReadUInt32LittleEndian(block[4..]) != Version) return null;
        int objects = BinaryPrimitives.ReadInt32LittleEndian(block[40..]), packs = BinaryPrimitives.ReadInt32LittleEndian(block[44..]), segments = BinaryPrimitives.ReadInt32LittleEndian(block[48..]);
        int bucketBits = BinaryPrimitives.ReadInt32LittleEndian(block[52..]);
        long entries = BinaryPrimitives.ReadInt64LittleEndian(block[56..]), filterLines = BinaryPrimitives.ReadInt64LittleEndian(block[64..]);

        // Far more than any file holds, and far from where the sums of the sections would overflow.
        const long Limit = 1L << 40;
        if (objects < 0 || packs < 0 || segments < 0 || bucketBits is < 1 or > MaximumBucketBits || entries is < 0 or >= uint.MaxValue || filterLines is < 1 or > Limit) return null;
        return new RunHeader(block.Slice(8, BlockSeal.SaltLength).ToArray(), objects, packs, segments, entries, bucketBits, filterLines);
    }

    private static long Align(long length) => (length + BlockSeal.BlockLength - 1) / BlockSeal.BlockLength * BlockSeal.BlockLength;
}
