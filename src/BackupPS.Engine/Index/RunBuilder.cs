using System.Buffers.Binary;
using System.Numerics;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Index;

/// <summary>Writes runs, out of a buffer or out of other runs. Memory is bounded: of many entries, those with the same first bits are sorted at a time.</summary>
internal sealed class RunBuilder(KeySet keys)
{
    // Sorted at once while merging: 5 MB, twice, and a call for each part and run costs nothing beside it.
    private const int EntriesPerPart = 128 * 1024;

    private IndexEntry[] gathered = [];
    private IndexEntry[] sorted = [];

    /// <summary>Writes what a buffer holds.</summary>
    public void Write(SafeFileHandle file, IndexBuffer buffer)
    {
        var packs = new PackMerge();
        packs.Add(buffer.Packs);
        packs.Complete();
        using var writer = new RunWriter(file, keys, buffer.Objects, packs.Packs, packs.SegmentCount, buffer.EntryCount);
        foreach ((_, int pack) in packs.Order) writer.Segments.Write(buffer.SegmentsOf(buffer.Packs.Slice(pack * RunHeader.PackLength, RunHeader.PackLength)));
        if (sorted.Length < buffer.EntryCount) sorted = new IndexEntry[buffer.EntryCount];
        Span<IndexEntry> inOrder = sorted.AsSpan(0, buffer.EntryCount);
        EntrySort.Sort(buffer.Entries, inOrder, commonBits: 0);
        writer.Append(inOrder[..Renumber(inOrder, packs.NumbersOf(0))]);
        writer.Finish();
    }

    /// <summary>Merges runs.</summary>
    /// <exception cref="InvalidDataException">One of them is damaged.</exception>
    public void Write(SafeFileHandle file, IReadOnlyList<IndexRun> runs, CancellationToken cancellationToken)
    {
        var packs = new PackMerge();
        var objects = new ByteWriter();
        long count = 0;
        foreach (IndexRun run in runs)
        {
            packs.Add(run.Packs);
            objects.WriteBytes(run.Objects);
            count += run.EntryCount;
            GC.KeepAlive(run);
        }

        packs.Complete();
        using var writer = new RunWriter(file, keys, objects.Written, packs.Packs, packs.SegmentCount, count);
        foreach ((int source, int pack) in packs.Order)
        {
            IndexRun run = runs[source];
            writer.Segments.Write(run.SegmentsOf(run.Packs.Slice(pack * RunHeader.PackLength, RunHeader.PackLength)));
            GC.KeepAlive(run);
        }

        int partBits = Math.Min(BitOperations.Log2((ulong)(count / EntriesPerPart) | 1) + 1, 24);
        long[] next = new long[runs.Count];
        for (long part = 1; part <= 1L << partBits; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int filled = 0;
            for (int r = 0; r < runs.Count; r++)
            {
                long end = part == 1L << partBits ? runs[r].EntryCount : runs[r].LowerBound(FirstOf((ulong)part << (64 - partBits)));
                int taken = (int)(end - next[r]);
                if (runs[r].IsDamaged) throw new InvalidDataException($"The cached index '{runs[r].Path}' is damaged.");
                if (taken == 0) continue;
                Reserve(filled + taken);
                Span<IndexEntry> target = gathered.AsSpan(filled, taken);
                runs[r].Read(next[r], target);
                filled += Renumber(target, packs.NumbersOf(r));
                next[r] = end;
            }

            if (filled == 0) continue;
            if (sorted.Length < filled) sorted = new IndexEntry[gathered.Length];
            EntrySort.Sort(gathered.AsSpan(0, filled), sorted.AsSpan(0, filled), partBits);
            writer.Append(sorted.AsSpan(0, filled));
        }

        writer.Finish();
    }

    private static BlobId FirstOf(ulong high)
    {
        Span<byte> bytes = stackalloc byte[BlobId.Length];
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        return new BlobId(bytes);
    }

    // Moves the entries whose packs stay to the front.
    private static int Renumber(Span<IndexEntry> entries, int[] numbers)
    {
        int kept = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            int number = numbers[entries[i].Pack];
            if (number >= 0) entries[kept++] = entries[i].InPack(number);
        }

        return kept;
    }

    private void Reserve(int count)
    {
        if (gathered.Length >= count) return;
        Array.Resize(ref gathered, Math.Max(count, Math.Min(gathered.Length * 2, EntriesPerPart * 2)));
    }
}
