using System.Buffers.Binary;
using System.Security.Cryptography;
using BackupPS.Engine.Crypto;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Index;

/// <summary>
/// Writes a run. All of its sections go front to back at the same time, so that memory is a block for each. Nothing is synced to disk: what
/// a crash tears, tags and length tell.
/// </summary>
internal sealed class RunWriter : IDisposable
{
    private readonly SafeFileHandle file;
    private readonly BlockSeal seal;
    private readonly byte[] tags;
    private readonly BlockStream directory;
    private readonly BlockStream filter;
    private readonly BlockStream entries;
    private readonly ulong[] line = new ulong[RunHeader.FilterLineLength / sizeof(ulong)];
    private RunHeader header;
    private long currentLine;
    private long bucketsWritten;
    private long count;

    /// <param name="file">A new file.</param>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="objects">Index objects whose packs are all in the run, <see cref="RunHeader.ObjectLength"/> bytes each.</param>
    /// <param name="packs">Packs in the order of names, <see cref="RunHeader.PackLength"/> bytes each.</param>
    /// <param name="segments">How many segments they have together.</param>
    /// <param name="maximumEntries">Not fewer than the entries that follow.</param>
    public RunWriter(SafeFileHandle file, KeySet keys, ReadOnlySpan<byte> objects, ReadOnlySpan<byte> packs, int segments, long maximumEntries)
    {
        this.file = file;
        header = RunHeader.For(RandomNumberGenerator.GetBytes(BlockSeal.SaltLength), objects.Length / RunHeader.ObjectLength, packs.Length / RunHeader.PackLength, segments, maximumEntries);
        seal = new BlockSeal(keys, header.Salt);
        tags = new byte[header.Blocks * BlockSeal.TagLength];
        WriteSection(RunHeader.ObjectsOffset, objects);
        WriteSection(header.PacksOffset, packs);
        Segments = Open(header.SegmentsOffset);
        directory = Open(header.DirectoryOffset);
        filter = Open(header.FilterOffset);
        entries = Open(header.EntriesOffset);
    }

    /// <summary>Takes the segments of all packs, in their order, <see cref="RunHeader.SegmentLength"/> bytes each.</summary>
    public BlockStream Segments { get; }

    /// <summary>Adds entries, in the order of ids over all calls.</summary>
    public void Append(ReadOnlySpan<IndexEntry> sorted)
    {
        Span<byte> bytes = stackalloc byte[IndexEntry.Length];
        for (int i = 0; i < sorted.Length; i++)
        {
            ref readonly IndexEntry entry = ref sorted[i];
            WriteDirectory((long)(entry.Id.High >> (64 - header.BucketBits)));
            long wanted = FilterLine.LineOf(entry.Id, header.FilterLines);
            while (currentLine < wanted) WriteLine();
            FilterLine.Add(line, entry.Id);
            entry.Write(bytes);
            entries.Write(bytes);
            count++;
        }
    }

    /// <summary>Writes what is left, and last the header.</summary>
    public void Finish()
    {
        WriteDirectory(1L << header.BucketBits);
        while (currentLine < header.FilterLines) WriteLine();
        Segments.Finish();
        directory.Finish();
        filter.Finish();
        entries.Finish();
        header = header.WithEntries(count);
        byte[] block = new byte[BlockSeal.BlockLength];
        header.Write(block);
        seal.Compute(0, block, tags);
        RandomAccess.Write(file, tags.AsSpan(0, (int)(header.Blocks * BlockSeal.TagLength)), header.TagsOffset);
        RandomAccess.Write(file, block, 0);
    }

    public void Dispose() => seal.Dispose();

    private BlockStream Open(long offset) => new(file, seal, tags, offset);

    private void WriteSection(long offset, ReadOnlySpan<byte> content)
    {
        BlockStream stream = Open(offset);
        stream.Write(content);
        stream.Finish();
    }

    // The directory has for each bucket, and for the end, the number of its first entry.
    private void WriteDirectory(long bucket)
    {
        if (bucketsWritten > bucket) return;
        Span<byte> first = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(first, (uint)count);
        for (; bucketsWritten <= bucket; bucketsWritten++) directory.Write(first);
    }

    private void WriteLine()
    {
        Span<byte> bytes = stackalloc byte[RunHeader.FilterLineLength];
        for (int i = 0; i < line.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes[(i * sizeof(ulong))..], line[i]);
        filter.Write(bytes);
        line.AsSpan().Clear();
        currentLine++;
    }
}
