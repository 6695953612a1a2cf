using System.Buffers;
using System.Collections;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>
/// Which pack, segment and offset hold a blob. A blob may have several copies. Most of it is in mapped runs, the rest in a table in memory.
/// Built by one thread; then any number may look up. Runs are unmapped when nobody refers to the index any more.
/// </summary>
internal sealed class BlobIndex
{
    // Entries of a run that are read at a time lie in two of its blocks at most.
    private const int ReadLength = BlockSeal.BlockLength / IndexEntry.Length;

    private readonly IndexRun[] runs;
    private readonly int[] firstPacks;
    private readonly ulong[]?[] hidden;
    private readonly IndexedPack?[] mappedPacks;
    private readonly List<IndexedPack> memoryPacks = [];
    private readonly Dictionary<string, int> memoryNumbers = new(StringComparer.Ordinal);
    private readonly BlobTable memory = new();
    private ulong[] memoryHidden = [];

    /// <summary>An empty index in memory.</summary>
    public BlobIndex()
        : this([])
    {
    }

    /// <summary>An index of runs. A pack that several of them hold counts in the first.</summary>
    public BlobIndex(IReadOnlyList<IndexRun> runs)
    {
        this.runs = [.. runs];
        firstPacks = new int[runs.Count];
        hidden = new ulong[]?[runs.Count];
        int count = 0;
        for (int r = 0; r < this.runs.Length; r++)
        {
            firstPacks[r] = count;
            count = checked(count + this.runs[r].PackCount);
        }

        mappedPacks = new IndexedPack?[count];
        Packs = new PackList(this);
        for (int r = 1; r < this.runs.Length; r++)
        {
            ReadOnlySpan<byte> packs = this.runs[r].Packs;
            for (int p = 0; p < this.runs[r].PackCount; p++)
            {
                if (TryFindMapped(packs.Slice(p * RunHeader.PackLength, PackRecord.NameLength), r, out _)) Hide(firstPacks[r] + p);
            }

            GC.KeepAlive(this);
        }
    }

    /// <summary>The packs by their numbers, hidden ones included.</summary>
    public IReadOnlyList<IndexedPack> Packs { get; }

    /// <summary>Copies in the index, hidden ones included.</summary>
    public int Count
    {
        get
        {
            long count = memory.Count;
            foreach (IndexRun run in runs) count += run.EntryCount;
            return checked((int)count);
        }
    }

    /// <summary>Adds the blobs of a pack. One that is there already is left as it is.</summary>
    public void Add(PackDescription pack)
    {
        var writer = new ByteWriter();
        pack.Write(writer);
        var reader = new ByteReader(writer.Written);
        var buffer = new IndexBuffer();
        buffer.AddPack(ref reader, add: true);
        Add(buffer, new HashSet<string>());
    }

    /// <summary>Adds what a buffer holds, but for some packs.</summary>
    /// <param name="buffer">The packs.</param>
    /// <param name="absentPacks">Names of packs that are not added.</param>
    public void Add(IndexBuffer buffer, IReadOnlySet<string> absentPacks)
    {
        int[] numbers = new int[buffer.PackCount];
        for (int p = 0; p < numbers.Length; p++)
        {
            ReadOnlySpan<byte> record = buffer.Packs.Slice(p * RunHeader.PackLength, RunHeader.PackLength);
            numbers[p] = -1;
            if (TryFindPack(record[..PackRecord.NameLength], out _)) continue;
            IndexedPack pack = PackRecord.Read(record, buffer.SegmentsOf(record));
            if (absentPacks.Contains(pack.Name)) continue;
            numbers[p] = memoryPacks.Count;
            memoryNumbers.Add(pack.Name, memoryPacks.Count);
            memoryPacks.Add(pack);
        }

        if (memoryHidden.Length * 64 < memoryPacks.Count) Array.Resize(ref memoryHidden, Math.Max(memoryHidden.Length * 2, (memoryPacks.Count + 63) / 64));
        memory.Reserve(buffer.EntryCount);
        foreach (ref readonly IndexEntry entry in buffer.Entries)
        {
            int number = numbers[entry.Pack];
            if (number >= 0) memory.Add(entry.InPack(number));
        }
    }

    public bool Contains(BlobId id) => TryFind(id, 0, out _);

    /// <summary>A copy of the blob.</summary>
    /// <param name="id">The blob.</param>
    /// <param name="copy">0 for the first copy, 1 for the second, ...</param>
    /// <param name="location">Where it is.</param>
    public bool TryFind(BlobId id, int copy, out BlobLocation location) => TryFind(id, copy, out location, out _);

    /// <summary>The same, with the number of the copy's entry, from 0 to <see cref="EntryCount"/> exclusively. Numbers hold until something is added.</summary>
    public bool TryFind(BlobId id, int copy, out BlobLocation location, out long entry)
    {
        long first = 0;
        for (int r = 0; r < runs.Length; r++)
        {
            if (runs[r].TryFind(id, hidden[r], ref copy, out location, out entry))
            {
                location = location with { Pack = firstPacks[r] + location.Pack };
                entry += first;
                return true;
            }

            first += runs[r].EntryCount;
        }

        bool found = memory.TryFind(id, memoryHidden, ref copy, out location, out int place);
        entry = first + place;
        if (found) location = location with { Pack = mappedPacks.Length + location.Pack };
        return found;
    }

    /// <summary>What a copy of a blob takes in the repository, in bytes: its share of its segment.</summary>
    public long WeightOf(in BlobLocation at)
    {
        IndexedSegment segment = Packs[at.Pack].Segments[at.Segment];
        return segment.RawLength == 0 ? 0 : (long)segment.SealedLength * at.Length / segment.RawLength;
    }

    /// <summary>Numbers of entries: those of hidden packs included, and some that stand for nothing.</summary>
    public long EntryCount
    {
        get
        {
            long count = memory.Places;
            foreach (IndexRun run in runs) count += run.EntryCount;
            return count;
        }
    }

    /// <summary>Copies entries out, in the order of their numbers. One that stands for nothing has a pack below 0.</summary>
    /// <param name="first">The first one's number.</param>
    /// <param name="entries">Where they go.</param>
    /// <returns>How many: 0 at the end.</returns>
    /// <exception cref="InvalidDataException">A file of the cache turned out to be damaged, and is deleted: the index is to be loaded anew.</exception>
    public int ReadEntries(long first, Span<IndexEntry> entries)
    {
        for (int r = 0; r < runs.Length; r++)
        {
            if (first >= runs[r].EntryCount)
            {
                first -= runs[r].EntryCount;
                continue;
            }

            entries = entries[..(int)Math.Min(entries.Length, Math.Min(ReadLength, runs[r].EntryCount - first))];
            runs[r].Read(first, entries);
            foreach (ref IndexEntry entry in entries) entry = entry.InPack(firstPacks[r] + entry.Pack);
            return entries.Length;
        }

        entries = entries[..(int)Math.Min(entries.Length, memory.Places - first)];
        memory.Read((int)first, entries);
        foreach (ref IndexEntry entry in entries)
        {
            if (entry.Pack >= 0) entry = entry.InPack(mappedPacks.Length + entry.Pack);
        }

        return entries.Length;
    }

    /// <summary>Finds a pack by its name of 32 bytes; where several runs hold it, the number that counts.</summary>
    public bool TryFindPack(ReadOnlySpan<byte> name, out int number)
    {
        if (TryFindMapped(name, runs.Length, out number)) return true;
        bool found = memoryNumbers.Count > 0 && memoryNumbers.TryGetValue(Convert.ToHexStringLower(name), out number);
        number += mappedPacks.Length;
        return found;
    }

    /// <summary>Length of a pack in bytes.</summary>
    public long LengthOfPack(int number)
    {
        if (number >= mappedPacks.Length) return memoryPacks[number - mappedPacks.Length].Length;
        int run = RunOf(number);
        long length = PackRecord.Length(runs[run].Packs[((number - firstPacks[run]) * RunHeader.PackLength)..]);
        GC.KeepAlive(this);
        return length;
    }

    /// <summary>Whether the copies in a pack do not count.</summary>
    public bool IsHidden(int number)
    {
        (ulong[]? bits, int at) = BitsOf(number);
        return bits is not null && (bits[at >> 6] >> (at & 63) & 1) != 0;
    }

    /// <summary>Makes the copies in a pack not count. One call at a time; lookups that are under way may still find them.</summary>
    public void Hide(int number)
    {
        if (number < mappedPacks.Length) hidden[RunOf(number)] ??= new ulong[(runs[RunOf(number)].PackCount + 63) / 64];
        (ulong[]? bits, int at) = BitsOf(number);
        bits![at >> 6] |= 1UL << (at & 63);
    }

    /// <summary>The same for packs by their names of 64 hexadecimal digits; those that are not in the index are passed over.</summary>
    public void Hide(IEnumerable<string> packs)
    {
        Span<byte> name = stackalloc byte[PackRecord.NameLength];
        foreach (string pack in packs)
        {
            if (Convert.FromHexString(pack, name, out _, out int written) == OperationStatus.Done && written == name.Length && TryFindPack(name, out int number)) Hide(number);
        }
    }

    private (ulong[]? Bits, int At) BitsOf(int number)
    {
        if (number >= mappedPacks.Length) return (memoryHidden, number - mappedPacks.Length);
        int run = RunOf(number);
        return (hidden[run], number - firstPacks[run]);
    }

    private bool TryFindMapped(ReadOnlySpan<byte> name, int before, out int number)
    {
        for (int r = 0; r < before; r++)
        {
            number = runs[r].FindPack(name);
            if (number < 0) continue;
            number += firstPacks[r];
            return true;
        }

        number = 0;
        return false;
    }

    private int RunOf(int number)
    {
        int run = runs.Length - 1;
        while (firstPacks[run] > number) run--;
        return run;
    }

    private IndexedPack ReadPack(int number)
    {
        if (number >= mappedPacks.Length) return memoryPacks[number - mappedPacks.Length];

        // Threads that read the same one at the same time read the same.
        int run = RunOf(number);
        return mappedPacks[number] ??= runs[run].ReadPack(number - firstPacks[run]);
    }

    private sealed class PackList(BlobIndex index) : IReadOnlyList<IndexedPack>
    {
        public int Count => index.mappedPacks.Length + index.memoryPacks.Count;

        public IndexedPack this[int number] => index.ReadPack(number);

        public IEnumerator<IndexedPack> GetEnumerator()
        {
            for (int number = 0; number < Count; number++) yield return this[number];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
