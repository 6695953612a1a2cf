using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Index;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Index;

/// <summary>Index objects that follow from a seed, and what an index of them must answer. Ids come from a small range, so that blobs have several copies.</summary>
internal sealed class IndexWorld(int seed, int ids = 800)
{
    private readonly Random random = new(seed);
    private readonly List<PackDescription> packs = [];

    public static KeySet Keys { get; } = FixedKeys();

    /// <summary>The objects that are listed, with their packs.</summary>
    public Dictionary<IndexObject, PackDescription[]> Objects { get; } = [];

    public IReadOnlyList<PackDescription> Packs => packs;

    public static BlobId Id(int number) => new(SplitMix.Bytes((ulong)number * 7919, BlobId.Length));

    /// <summary>Adds an object of a few new packs; now and then it lists one again that another lists.</summary>
    public IndexObject AddObject(int maximumPacks = 5)
    {
        var listed = new List<PackDescription>();
        for (int i = random.Next(0, maximumPacks); i >= 0; i--)
        {
            if (packs.Count > 0 && random.Next(5) == 0) listed.Add(packs[random.Next(packs.Count)]);
            else packs.Add(RandomPack());
            listed.Add(packs[^1]);
        }

        return Add([.. listed]);
    }

    public IndexObject Add(PackDescription[] listed)
    {
        var item = new IndexObject(Convert.ToHexStringLower(NextBytes(16)), random.Next(100, 1_000_000));
        Objects.Add(item, listed);
        return item;
    }

    /// <summary>As a rewriting of the index does.</summary>
    public void ReplaceSome()
    {
        IndexObject[] old = [.. Objects.Keys.Where(_ => random.Next(2) == 0)];
        Add([.. old.SelectMany(o => Objects[o])]);
        foreach (IndexObject item in old) Objects.Remove(item);
    }

    public byte[] Body(IndexObject item)
    {
        var writer = new ByteWriter();
        writer.WriteNumber((ulong)Objects[item].Length);
        foreach (PackDescription pack in Objects[item]) pack.Write(writer);
        return writer.ToArray();
    }

    /// <summary>The index, as the loader makes it.</summary>
    public BlobIndex Load(IndexCache cache, IReadOnlySet<string>? absent = null, Action<IndexObject>? onRead = null)
    {
        for (int round = 0; round < 10; round++)
        {
            var builder = new IndexBuilder(Keys, cache, [.. Objects.Keys]);
            foreach (IndexObject item in builder.Missing)
            {
                onRead?.Invoke(item);
                builder.Add(item, Body(item));
            }

            try
            {
                return builder.Complete(absent ?? new HashSet<string>(), CancellationToken.None);
            }
            catch (InvalidDataException)
            {
                // A file of the cache was damaged, and is gone.
            }
        }

        throw new InvalidOperationException("The cache stays damaged.");
    }

    /// <summary>Every copy that counts, in words.</summary>
    public HashSet<string> Expected(IReadOnlySet<string>? absent = null)
    {
        var copies = new HashSet<string>(StringComparer.Ordinal);
        // Of what several objects say of a pack, the first counts.
        foreach (PackDescription pack in Objects.Values.SelectMany(static p => p).DistinctBy(static p => p.NameText))
        {
            if (absent is not null && absent.Contains(pack.NameText)) continue;
            int offset = PackLayout.HeaderLength;
            for (int s = 0; s < pack.Segments.Count; s++)
            {
                int at = 0;
                foreach (BlobEntry blob in pack.Segments[s].Blobs)
                {
                    copies.Add($"{blob.Id} {pack.NameText} {Convert.ToHexStringLower(pack.Salt)} {pack.Kind} {pack.Length} {s} {offset} {pack.Segments[s].SealedLength} {pack.Segments[s].RawLength} {pack.Segments[s].Codec} {at} {blob.Length}");
                    at += blob.Length;
                }

                offset += pack.Segments[s].SealedLength;
            }
        }

        return copies;
    }

    /// <summary>Every copy that an index finds of the ids that there may be, in the same words. Each must be found once.</summary>
    public List<string> Found(BlobIndex index)
    {
        var copies = new List<string>();
        IEnumerable<BlobId> stored = Objects.Values.SelectMany(static p => p).SelectMany(static p => p.Segments).SelectMany(static s => s.Blobs).Select(static b => b.Id);
        foreach (BlobId id in Enumerable.Range(0, ids).Select(Id).Union(stored))
        {
            for (int copy = 0; index.TryFind(id, copy, out BlobLocation at); copy++)
            {
                IndexedPack pack = index.Packs[at.Pack];
                IndexedSegment segment = pack.Segments[at.Segment];
                copies.Add($"{id} {pack.Name} {Convert.ToHexStringLower(pack.Salt)} {pack.Kind} {pack.Length} {at.Segment} {segment.Offset} {segment.SealedLength} {segment.RawLength} {segment.Codec} {at.Offset} {at.Length}");
            }
        }

        return copies;
    }

    public void AssertSame(BlobIndex index, IReadOnlySet<string>? absent = null)
    {
        HashSet<string> expected = Expected(absent);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Found(index).Order(StringComparer.Ordinal));
        for (int i = 0; i < ids; i++) Assert.Equal(index.TryFind(Id(i), 0, out _), index.Contains(Id(i)));
    }

    private static KeySet FixedKeys() => new(SplitMix.Bytes(1, 16), SplitMix.Bytes(2, 32), SplitMix.Bytes(3, 32), SplitMix.Bytes(4, 32), SplitMix.Bytes(5, 32));

    private PackDescription RandomPack()
    {
        var segments = new List<SegmentContents>();
        for (int s = random.Next(0, 4); s >= 0; s--)
        {
            // A blob twice in one segment at different offsets is legal, too; of no bytes at the same offset it would be the same copy.
            BlobEntry[] blobs = [.. Enumerable.Range(0, random.Next(0, 12)).Select(_ => new BlobEntry(Id(random.Next(ids)), random.Next(1, 5000)))];
            segments.Add(new SegmentContents(random.Next(16, 10_000), blobs.Sum(static b => b.Length), (CodecId)random.Next(3), blobs));
        }

        return new PackDescription(NextBytes(32), NextBytes(32), random.Next(2) == 0 ? BlobKind.Data : BlobKind.Tree, random.Next(1 << 20, PackDescription.MaximumLength), segments);
    }

    private byte[] NextBytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
