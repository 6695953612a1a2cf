using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Index;

/// <summary>
/// A mapped file that holds the entries of some index objects, sorted by id, behind a filter. A run never changes. Any number of threads may
/// look up.
/// </summary>
/// <remarks>
/// What is believed. A wrong "is there" would make a backup leave out data, so nothing of the file counts before its tag was checked, under
/// a key that follows from the repository's: that catches bits that flipped, writes that a crash tore, files of other repositories, and
/// whatever is written there by somebody without the keys. Small files are checked whole when they are opened (about 0.2 ms a megabyte); in
/// large ones the filter and the entries are checked block by block at their first use. A block that fails then ends the run's use: nothing
/// more is found in it, which costs a writer space and makes a reader load the index anew, and the file is deleted. An older, authentic run
/// that somebody puts back is as harmless as one that was never updated: it counts only while each index object in it is listed. Blob ids
/// are keyed hashes; lengths of blobs are in clear here as they are in the source's own file system. Who can cut the file short while it is
/// mapped can end the process: the folder is its owner's alone.
/// </remarks>
internal sealed class IndexRun
{
    /// <summary>Up to so many bytes (1.6 million blobs) a file is checked whole, in some 15 ms; beyond, that would show in every command.</summary>
    public const long CheckedWhole = 64 * 1024 * 1024;

    private readonly RunHeader header;
    private readonly MappedFile file;
    private readonly BlockSeal seal;
    private readonly Lock gate = new();
    private readonly int[] checkedBlocks;
    private volatile bool damaged;

    private IndexRun(RunHeader header, MappedFile file, BlockSeal seal, string path)
    {
        this.header = header;
        this.file = file;
        this.seal = seal;
        Path = path;
        checkedBlocks = new int[(header.Blocks + 31) / 32];
    }

    /// <summary>Where the file is; it may be deleted by now.</summary>
    public string Path { get; }

    public int PackCount => header.Packs;

    public int SegmentCount => header.Segments;

    public long EntryCount => header.Entries;

    /// <summary>Whether a block turned out not to be what was written.</summary>
    public bool IsDamaged => damaged;

    /// <summary>Maps a file.</summary>
    /// <param name="handle">The file, which may be closed afterwards.</param>
    /// <param name="path">Its path.</param>
    /// <param name="keys">The repository's keys.</param>
    /// <param name="checkedWhole">Up to which length it is checked whole.</param>
    /// <returns><see langword="null"/>: it is no run of this repository, or is damaged.</returns>
    public static IndexRun? TryOpen(SafeFileHandle handle, string path, KeySet keys, long checkedWhole)
    {
        long length = RandomAccess.GetLength(handle);
        if (length < BlockSeal.BlockLength) return null;
        var file = new MappedFile(handle, length);
        RunHeader? header = RunHeader.TryRead(file.Bytes(0, BlockSeal.BlockLength));
        if (header is null || header.FileLength != length) return null;
        var run = new IndexRun(header, file, new BlockSeal(keys, header.Salt), path);
        return run.Check(0, length <= checkedWhole ? header.TagsOffset : header.FilterOffset) ? run : null;
    }

    /// <summary>The index objects whose packs are all here, <see cref="RunHeader.ObjectLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> Objects => Section(RunHeader.ObjectsOffset, header.Objects, RunHeader.ObjectLength);

    /// <summary>The same, read.</summary>
    public IndexObject[] ReadObjects()
    {
        var objects = new IndexObject[header.Objects];
        for (int i = 0; i < objects.Length; i++) objects[i] = IndexObject.Read(Objects[(i * RunHeader.ObjectLength)..]);
        GC.KeepAlive(this);
        return objects;
    }

    /// <summary>The packs, in the order of names, <see cref="RunHeader.PackLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> Packs => Section(header.PacksOffset, header.Packs, RunHeader.PackLength);

    /// <summary>The segments of a pack, <see cref="RunHeader.SegmentLength"/> bytes each.</summary>
    public ReadOnlySpan<byte> SegmentsOf(ReadOnlySpan<byte> pack) =>
        file.Bytes(header.SegmentsOffset + ((long)PackRecord.FirstSegment(pack) * RunHeader.SegmentLength), PackRecord.Segments(pack) * RunHeader.SegmentLength);

    /// <summary>A pack, with all that is needed to read it.</summary>
    public IndexedPack ReadPack(int number)
    {
        ReadOnlySpan<byte> pack = Packs.Slice(number * RunHeader.PackLength, RunHeader.PackLength);
        IndexedPack read = PackRecord.Read(pack, SegmentsOf(pack));
        GC.KeepAlive(this);
        return read;
    }

    /// <summary>The number of a pack, or -1.</summary>
    public int FindPack(ReadOnlySpan<byte> name)
    {
        int low = 0, high = header.Packs;
        ReadOnlySpan<byte> packs = Packs;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (packs.Slice(middle * RunHeader.PackLength, PackRecord.NameLength).SequenceCompareTo(name) < 0) low = middle + 1;
            else high = middle;
        }

        bool found = low < header.Packs && packs.Slice(low * RunHeader.PackLength, PackRecord.NameLength).SequenceEqual(name);
        GC.KeepAlive(this);
        return found ? low : -1;
    }

    /// <summary>Finds a copy of a blob.</summary>
    /// <param name="id">The blob.</param>
    /// <param name="hidden">A bit for each pack whose copies do not count; <see langword="null"/>: all count.</param>
    /// <param name="copy">How many copies to pass over; it is lowered by those that were.</param>
    /// <param name="location">Where it is, the pack by its number in this run.</param>
    /// <param name="entry">The number of its entry.</param>
    public bool TryFind(BlobId id, ulong[]? hidden, ref int copy, out BlobLocation location, out long entry)
    {
        location = default;
        entry = 0;
        long lineOffset = header.FilterOffset + (FilterLine.LineOf(id, header.FilterLines) * RunHeader.FilterLineLength);
        if (!IsChecked(lineOffset, RunHeader.FilterLineLength) || !FilterLine.MayContain(file.Bytes(lineOffset, RunHeader.FilterLineLength), id)) return false;
        bool found = false;
        for (long i = LowerBound(id); i < header.Entries; i++)
        {
            long at = header.EntriesOffset + (i * IndexEntry.Length);
            if (!IsChecked(at, IndexEntry.Length)) break;
            IndexEntry candidate = IndexEntry.Read(file.Bytes(at, IndexEntry.Length));
            if (!candidate.Id.Equals(id)) break;
            if (hidden is not null && (hidden[candidate.Pack >> 6] >> (candidate.Pack & 63) & 1) != 0) continue;
            if (copy-- > 0) continue;
            location = candidate.Location;
            entry = i;
            found = true;
            break;
        }

        GC.KeepAlive(this);
        return found;
    }

    /// <summary>The number of the first entry whose id is not below this one.</summary>
    public long LowerBound(BlobId id)
    {
        ReadOnlySpan<byte> bounds = file.Bytes(header.DirectoryOffset + ((long)(id.High >> (64 - header.BucketBits)) * sizeof(uint)), 2 * sizeof(uint));
        long low = BinaryPrimitives.ReadUInt32LittleEndian(bounds), high = BinaryPrimitives.ReadUInt32LittleEndian(bounds[sizeof(uint)..]);

        // Ids are uniform: within the bucket the place is known to two entries or so. From there in growing steps, and by halves where that leaves the bucket.
        long middle = low + (long)Math.BigMul(id.High << header.BucketBits, (ulong)(high - low), out _), step = 1;
        while (low < high)
        {
            long at = header.EntriesOffset + (middle * IndexEntry.Length);
            if (!IsChecked(at, IndexEntry.Length)) return header.Entries;
            if (new BlobId(file.Bytes(at, BlobId.Length)).CompareTo(id) < 0)
            {
                low = middle + 1;
                middle += step;
            }
            else
            {
                high = middle;
                middle -= step;
            }

            step *= 2;
            if (middle < low || middle >= high) middle = (low + high) >>> 1;
        }

        GC.KeepAlive(this);
        return low;
    }

    /// <summary>Copies entries out, in order.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public void Read(long first, Span<IndexEntry> entries)
    {
        long at = header.EntriesOffset + (first * IndexEntry.Length);
        if (!IsChecked(at, entries.Length * IndexEntry.Length)) throw new InvalidDataException($"The cached index '{Path}' is damaged.");
        ReadOnlySpan<byte> bytes = file.Bytes(at, entries.Length * IndexEntry.Length);
        for (int i = 0; i < entries.Length; i++) entries[i] = IndexEntry.Read(bytes.Slice(i * IndexEntry.Length, IndexEntry.Length));
        GC.KeepAlive(this);
    }

    private ReadOnlySpan<byte> Section(long offset, int count, int length) => file.Bytes(offset, checked(count * length));

    // Of both blocks that an entry may lie in.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsChecked(long offset, int length)
    {
        if (damaged) return false;
        long first = offset >> BlockSeal.BlockShift, last = (offset + length - 1) >> BlockSeal.BlockShift;
        return (first == last ? IsMarked(first) : last - first == 1 && IsMarked(first) && IsMarked(last)) || Check(offset, offset + length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsMarked(long block) => ((uint)Volatile.Read(ref checkedBlocks[block >> 5]) >> (int)(block & 31) & 1) != 0;

    private bool Check(long from, long to)
    {
        lock (gate)
        {
            for (long block = from / BlockSeal.BlockLength; block * BlockSeal.BlockLength < to && !damaged; block++)
            {
                ref int word = ref checkedBlocks[block >> 5];
                int bit = 1 << (int)(block & 31);
                if ((word & bit) != 0) continue;
                ReadOnlySpan<byte> tag = file.Bytes(header.TagsOffset + (block * BlockSeal.TagLength), BlockSeal.TagLength);
                if (seal.IsAuthentic(block, file.Bytes(block * BlockSeal.BlockLength, BlockSeal.BlockLength), tag)) Volatile.Write(ref word, word | bit);
                else Discard();
            }

            GC.KeepAlive(this);
            return !damaged;
        }
    }

    private void Discard()
    {
        damaged = true;
        try
        {
            File.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever opens it next finds the same, and tries again.
        }
    }
}
