using System.Buffers;
using System.Security.Cryptography;
using BackupPS.Engine.Compression;
using BackupPS.Engine.Crypto;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Packs, from blobs to bytes and back.</summary>
public sealed class PackTests
{
    // Made by another program from FORMAT.md: two segments, stored as they are, with the blobs "hello" and "", and "world!".
    private const string ForeignPack = "4250535001010100808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f4fba5681365efda6077c84352bd4296b8da82bd3ffdd130aa38a1eef62a2b6e0337c9ca1faab2f29cd2167d974ad0b87cb3af2024685ee6a184cb1c5b161c36505ca3ab52abf4b661e771c0e426a7e91c0dd32dda8004903601e241fc5bfb3e4fad8aa495e35306e9031173f45c4801df6b6d3ca91cc7729e42f1caef22c59e76ebdbe375cd977f0eaf6bec531f80dddba6600000042505345";

    private static readonly KeySet Keys = FixedKeys.Set;

    [Fact]
    public void A_pack_of_another_program_opens()
    {
        byte[] bytes = Convert.FromHexString(ForeignPack);
        byte[] name = SHA256.HashData(bytes);
        Assert.Equal("2759ce390e320669326d2ce1c47b86cddc3919f89823db2593153851be4d031d", Convert.ToHexStringLower(name));
        PackDescription pack = PackLayout.Read(Keys, name, bytes);
        Assert.Equal(["hello", "", "world!"], Contents(pack, bytes).Select(System.Text.Encoding.ASCII.GetString));
    }

    [Theory]
    [InlineData(BlobKind.Data, 1)]
    [InlineData(BlobKind.Tree, 2)]
    [InlineData(BlobKind.Data, 3)]
    [InlineData(BlobKind.Data, 60)]
    [InlineData(BlobKind.Tree, 3000)]
    public void What_goes_in_comes_out(object kindValue, int count)
    {
        var kind = (BlobKind)kindValue;
        (PackDescription pack, byte[] bytes, List<byte[]> blobs) = Build(kind, count, seed: count);
        PackDescription read = PackLayout.Read(Keys, SHA256.HashData(bytes), bytes);
        Assert.Equal(kind, read.Kind);
        Assert.Equal(pack.ComputeDigest(), read.ComputeDigest());
        Assert.Equal(blobs, Contents(read, bytes));

        var writer = new ByteWriter();
        pack.Write(writer);
        var reader = new ByteReader(writer.Written);
        Assert.Equal(read.ComputeDigest(), PackDescription.Read(ref reader).ComputeDigest());
        reader.ExpectEnd();
    }

    [Fact]
    public void The_total_length_in_the_footer_is_right_at_every_width()
    {
        // The number in the footer grows by a byte at 128, 16,384 and 2,097,152: lengths on both sides.
        foreach (int size in Enumerable.Range(16_384 - 200, 200).Concat(Enumerable.Range(2_097_152 - 150, 150)))
        {
            using PackBuilder builder = Begin(BlobKind.Data);
            builder.Append(new byte[size], CodecId.None, size, [new BlobEntry(default, size)]);
            (PackDescription pack, byte[] bytes) = Complete(builder);
            Assert.Equal(bytes.Length, pack.Length);
            PackLayout.Read(Keys, pack.Name, bytes);
        }
    }

    [Fact]
    public void Any_byte_changed_or_missing_is_seen_by_the_footer_or_by_a_segment()
    {
        (_, byte[] bytes, List<byte[]> blobs) = Build(BlobKind.Data, 4, seed: 9);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 4;
            Assert.ThrowsAny<InvalidDataException>(() => Contents(PackLayout.Read(Keys, [], changed), changed));
            Assert.ThrowsAny<InvalidDataException>(() => PackLayout.Read(Keys, [], bytes.AsSpan(0, i)));
        }

        Assert.ThrowsAny<InvalidDataException>(() => PackLayout.Read(Keys, [], (byte[])[.. bytes, 0]));
        Assert.Equal(blobs, Contents(PackLayout.Read(Keys, [], bytes), bytes));
    }

    [Fact]
    public void Segments_cannot_change_places()
    {
        using PackBuilder builder = Begin(BlobKind.Data);
        builder.Append("first"u8, CodecId.None, 5, [new BlobEntry(Keys.ComputeId(BlobKind.Data, "first"u8), 5)]);
        builder.Append("other"u8, CodecId.None, 5, [new BlobEntry(Keys.ComputeId(BlobKind.Data, "other"u8), 5)]);
        (PackDescription pack, byte[] buffer) = Complete(builder);
        Assert.Equal(2, Contents(PackLayout.Read(Keys, [], buffer), buffer).Count);
        byte[] swapped = [.. buffer[..40], .. buffer[61..82], .. buffer[40..61], .. buffer[82..(int)pack.Length]];
        Assert.ThrowsAny<InvalidDataException>(() => Contents(PackLayout.Read(Keys, [], swapped), swapped));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void While_there_is_room_the_footer_fits(int seed)
    {
        var random = new Random(seed);
        const int Capacity = 200_000;
        using PackBuilder builder = Begin(BlobKind.Data, Capacity);
        Assert.True(builder.IsEmpty);
        while (true)
        {
            // Many blobs to a segment, so that the footer is what fills the pack; the longest ids and the widest lengths.
            int blobs = random.Next(1, 400), stored = random.Next(0, 300);
            if (!builder.HasRoom(stored, blobs)) break;
            builder.Append(new byte[stored], CodecId.Zstd, PackDescription.MaximumSegmentLength, [.. Enumerable.Repeat(new BlobEntry(default, PackDescription.MaximumSegmentLength), blobs)]);
        }

        (PackDescription pack, _) = Complete(builder);
        Assert.InRange(pack.Length, Capacity - 13_000, Capacity);
    }

    [Fact]
    public void A_segment_that_no_reader_would_take_is_not_written()
    {
        using PackBuilder builder = Begin(BlobKind.Data);
        Assert.Throws<ArgumentOutOfRangeException>(() => builder.Append([1], CodecId.Zstd, PackDescription.MaximumSegmentLength + 1, []));
    }

    [Fact]
    public void A_segment_list_out_of_bounds_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => w.WriteNumber((ulong)PackDescription.MaximumSegments + 1)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => w.WriteNumber(PackDescription.MaximumSegments)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => Segment(w, 15, 0, 0)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => Segment(w, PackDescription.MaximumSegmentLength + 17, 0, 0)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => Segment(w, 100, PackDescription.MaximumSegmentLength + 1, 0)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => Segment(w, 100, 10, 0)));
        Assert.Throws<InvalidDataException>(() => ReadSegments(static w => Segment(w, 100, 10, 1 << 20)));
        Assert.Empty(ReadSegments(static w => w.WriteNumber(0UL)));
        Assert.Single(ReadSegments(static w => Segment(w, 16, 0, 0)));
    }

    [Fact]
    public void A_description_whose_segments_do_not_fit_into_its_length_is_refused()
    {
        var segment = new SegmentContents(PackDescription.MaximumSegmentLength, 0, CodecId.None, []);
        Assert.Throws<InvalidDataException>(() => Reread(new PackDescription(new byte[32], new byte[32], BlobKind.Data, 1 << 20, [segment])));
        Assert.Throws<InvalidDataException>(() => Reread(new PackDescription(new byte[32], new byte[32], BlobKind.Data, PackDescription.MaximumLength, [.. Enumerable.Repeat(segment, 64)])));
        Assert.Throws<InvalidDataException>(() => Reread(new PackDescription(new byte[32], new byte[32], BlobKind.Data, PackDescription.MaximumLength + 1L, [])));
        Assert.Throws<InvalidDataException>(() => Reread(new PackDescription(new byte[32], new byte[32], (BlobKind)3, 1000, [])));
        Reread(new PackDescription(new byte[32], new byte[32], BlobKind.Data, PackDescription.MaximumLength, [.. Enumerable.Repeat(segment, 63)]));
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public void Hostile_descriptions_are_refused_and_nothing_else(int seed)
    {
        (PackDescription pack, _, _) = Build(BlobKind.Data, 50, seed);
        var writer = new ByteWriter();
        pack.Write(writer);
        byte[] good = writer.ToArray();
        var random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bad = good[..random.Next(good.Length + 1)];
            for (int n = random.Next(1, 5); n > 0 && bad.Length > 0; n--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                var reader = new ByteReader(bad);
                PackDescription.Read(ref reader);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10_000, 20_000);
    }

    [Fact]
    public async Task Many_threads_fill_packs_and_no_blob_is_lost()
    {
        var sink = new CollectingSink();
        using var slabs = new SlabPool(long.MaxValue, static () => { });
        using var assembler = new PackAssembler(Keys, BlobKind.Data, slabs, sink, packLength: 300_000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            using var writer = new SegmentWriter(assembler, CodecId.Brotli, 64 * 1024);
            for (int i = 0; i < 500; i++)
            {
                byte[] blob = SplitMix.Bytes((ulong)((worker * 1000) + i), 50 + (i * 37 % 2000));
                writer.Add(Keys.ComputeId(BlobKind.Data, blob), blob);
            }

            writer.Flush();
        })));
        sink.TakeRest(assembler);
        sink.TakeRest(assembler);

        Assert.True(sink.Packs.Count > 3);
        var found = new List<BlobId>();
        foreach ((PackDescription pack, byte[] bytes) in sink.Packs)
        {
            Assert.Equal(pack.NameText, Convert.ToHexStringLower(SHA256.HashData(bytes)));
            PackDescription read = PackLayout.Read(Keys, pack.Name, bytes);
            foreach ((BlobEntry entry, byte[] content) in read.Segments.SelectMany(static s => s.Blobs).Zip(Contents(read, bytes)))
            {
                Assert.Equal(entry.Id, Keys.ComputeId(BlobKind.Data, content));
                found.Add(entry.Id);
            }
        }

        Assert.Equal(4000, found.Count);
        Assert.Equal(4000, found.Distinct().Count());
        Assert.Equal(sink.Packs.Count, sink.Packs.Select(static p => Convert.ToHexString(p.Pack.Salt)).Distinct().Count());
    }

    [Fact]
    public void Small_blobs_share_a_segment_and_large_ones_have_their_own()
    {
        var sink = new CollectingSink();
        using var slabs = new SlabPool(long.MaxValue, static () => { });
        using var assembler = new PackAssembler(Keys, BlobKind.Data, slabs, sink);
        using var writer = new SegmentWriter(assembler, CodecId.None, 1000);
        foreach (int length in new[] { 100, 200, 500, 400, 400, 0, 2000 }) writer.Add(default, new byte[length]);

        // Room that is not committed leaves nothing.
        writer.GetRoom(300).Fill(1);
        writer.Flush();
        writer.Flush();
        sink.TakeRest(assembler);
        PackDescription pack = Assert.Single(sink.Packs).Pack;
        Assert.Equal([[500], [100, 200, 400], [2000], [400, 0]], pack.Segments.Select(static s => s.Blobs.Select(static b => b.Length).ToArray()));
    }

    private static (PackDescription Pack, byte[] Bytes, List<byte[]> Blobs) Build(BlobKind kind, int count, int seed)
    {
        var random = new Random(seed);
        var blobs = new List<byte[]>();
        using PackBuilder builder = Begin(kind);
        while (blobs.Count < count)
        {
            List<byte[]> segment = [.. Enumerable.Range(0, Math.Min(count - blobs.Count, random.Next(1, 20))).Select(_ => SplitMix.Bytes((ulong)random.Next(), random.Next(0, 200)))];
            byte[] raw = [.. segment.SelectMany(static b => b)];
            builder.Append(raw, CodecId.None, raw.Length, [.. segment.Select(b => new BlobEntry(Keys.ComputeId(kind, b), b.Length))]);
            blobs.AddRange(segment);
        }

        (PackDescription pack, byte[] bytes) = Complete(builder);
        return (pack, bytes, blobs);
    }

    private static PackBuilder Begin(BlobKind kind, int capacity = PackAssembler.PackLength) => new(Keys, kind, new SlabPool(long.MaxValue, static () => { }), capacity);

    private static (PackDescription Pack, byte[] Bytes) Complete(PackBuilder builder)
    {
        PackDescription pack = builder.Complete(out ReadOnlySequence<byte> content);
        return (pack, content.ToArray());
    }

    private static List<byte[]> Contents(PackDescription pack, byte[] bytes)
    {
        var blobs = new List<byte[]>();
        using ObjectSeal seal = ObjectSeal.ForPack(Keys, (byte)pack.Kind, pack.Salt);
        int offset = PackLayout.HeaderLength;
        for (int s = 0; s < pack.Segments.Count; s++)
        {
            SegmentContents segment = pack.Segments[s];
            byte[] stored = new byte[segment.SealedLength - ObjectSeal.TagLength];
            if (!seal.TryOpen(SealPosition.Segment(s), bytes.AsSpan(offset, segment.SealedLength), stored)) throw new InvalidDataException($"segment {s}");
            byte[] raw = new byte[segment.RawLength];
            if (segment.Codec == CodecId.None)
            {
                raw = stored;
            }
            else
            {
                using ICodec codec = SegmentCompressor.CreateCodec(segment.Codec)!;
                Assert.True(codec.TryDecompress(stored, raw));
            }

            int at = 0;
            foreach (BlobEntry blob in segment.Blobs)
            {
                blobs.Add(raw[at..(at + blob.Length)]);
                at += blob.Length;
            }

            offset += segment.SealedLength;
        }

        return blobs;
    }

    private static IReadOnlyList<SegmentContents> ReadSegments(Action<ByteWriter> write)
    {
        var writer = new ByteWriter();
        write(writer);
        var reader = new ByteReader(writer.Written);
        return PackDescription.ReadSegments(ref reader);
    }

    private static void Segment(ByteWriter writer, int sealedLength, int rawLength, int blobs)
    {
        writer.WriteNumber(1UL);
        writer.WriteNumber((ulong)sealedLength);
        writer.WriteNumber((ulong)rawLength);
        writer.WriteByte(0);
        writer.WriteNumber((ulong)blobs);
    }

    private static void Reread(PackDescription pack)
    {
        var writer = new ByteWriter();
        pack.Write(writer);
        var reader = new ByteReader(writer.Written);
        Assert.Equal(pack.ComputeDigest(), PackDescription.Read(ref reader).ComputeDigest());
    }
}
