using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Repositories.Trees;

/// <summary>Pages of trees: every entry comes back as it was, and hostile bytes are refused.</summary>
public sealed class TreePageTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_entries_come_back_as_they_were(int seed)
    {
        var tree = new RandomTree(seed);
        for (int count = 0; count < 200; count += 1 + (count / 4))
        {
            List<TreeEntry> entries = tree.Entries(count);
            byte[] page = Encode(entries);
            List<TreeEntry> back = TreePage.DecodePage(page).Entries!;
            Assert.Equal(entries.Select(RandomTree.Describe), back.Select(RandomTree.Describe));
            Assert.Equal(page, Encode(back));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Hostile_pages_are_refused_with_bounded_memory(int seed)
    {
        var random = new Random(seed);
        List<byte[]> good = [.. Enumerable.Range(0, 20).Select(i => Encode(new RandomTree(i).Entries(random.Next(1, 12))))];
        int refused = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long input = 0;
        for (int i = 0; i < 25_000; i++)
        {
            byte[] source = good[random.Next(good.Count)];
            byte[] bad = random.Next(4) == 0 ? source[..random.Next(source.Length)] : [.. source];
            for (int n = random.Next(1, 6); n > 0 && bad.Length > 0; n--)
            {
                int at = random.Next(bad.Length);
                bad[at] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
            }

            // Half of the time a wide number in place of what is there: a length or a count that promises the world.
            if (random.Next(2) == 0 && bad.Length > 30) Convert.FromHexString("ffffffff07").CopyTo(bad, random.Next(bad.Length - 5));
            input += bad.Length;
            try
            {
                TreePage.DecodePage(bad);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        // A page costs what its bytes may become, and no more: entries are some 20 times as large in memory as their shortest form.
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < (input * 60) + 100_000_000, $"{allocated} bytes for {input}");
        Assert.InRange(refused, 10_000, 25_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0200")]
    [InlineData("0103")]
    [InlineData("0100")]
    [InlineData("01000000ff")]
    [InlineData("010000ffffffff07")]
    [InlineData("0100ffffffff07")]
    [InlineData("01000001")]
    [InlineData("010001000000")]
    [InlineData("0101ffffffff07")]
    [InlineData("010101")]
    [InlineData("01010000")]
    public void Malformed_pages_are_refused(string hex) => Assert.Throws<InvalidDataException>(() => TreePage.DecodePage(Convert.FromHexString(hex)));

    [Fact]
    public void The_shortest_entry_is_as_short_as_the_bound_says()
    {
        // 1 leaf of 1 entry: a FIFO named "a", everything else 0. As many of them as fit must be allowed.
        byte[] page = Convert.FromHexString("010000010400016100000000000000000000" + "00");
        Assert.Equal("a"u8.ToArray(), Assert.Single(TreePage.DecodePage(page).Entries!).Name);
        Assert.Equal(page, Encode([new TreeEntry { Name = "a"u8.ToArray(), Kind = ItemKind.Fifo }]));
    }

    [Fact]
    public void Names_out_of_order_or_twice_are_read_as_they_stand_for_the_restore_to_judge()
    {
        TreeEntry a = new() { Name = "a"u8.ToArray(), Kind = ItemKind.Fifo }, b = new() { Name = "b"u8.ToArray(), Kind = ItemKind.Fifo };
        Assert.Equal(2, TreePage.DecodePage(Encode([a, b])).Entries!.Count);
        Assert.Equal([b.Name, a.Name], TreePage.DecodePage(Encode([b, a])).Entries!.Select(static e => e.Name));
        Assert.Equal([a.Name, a.Name], TreePage.DecodePage(Encode([a, a])).Entries!.Select(static e => e.Name));
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        Refused(new TreeEntry { Name = [1], Kind = (ItemKind)8 });
        Refused(new TreeEntry { Name = [1], Kind = 0 });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Fifo, Mode = 0x1000 });
        Refused(new TreeEntry { Name = new byte[65_537], Kind = ItemKind.Fifo });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.SymbolicLink, LinkTarget = new byte[65_537] });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Fifo, Modified = new FileTime(0, 1_000_000_000) });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.File, ContentDepth = 9 });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.File, Size = 10, Extents = [new FileExtent(5, 6)] });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.File, Size = 10, Extents = [new FileExtent(11, 0)] });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.File, Size = long.MaxValue, Extents = [new FileExtent(1, long.MaxValue)] });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Fifo, Attributes = new byte[1025] });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Fifo, Attributes = [0], AttributeBlob = new RandomTree(1).Id() });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Directory, LinkDevice = 1 });
        Refused(new TreeEntry { Name = [1], Kind = ItemKind.Fifo, UserName = new string('x', 4097) });

        // At the bounds.
        foreach (TreeEntry entry in new[]
        {
            new TreeEntry { Name = new byte[65_536], Kind = ItemKind.Fifo, Mode = 0xFFF, UserName = new string('x', 4096) },
            new TreeEntry { Name = [1], Kind = ItemKind.File, Size = long.MaxValue, ContentDepth = 8, Extents = [new FileExtent(1, long.MaxValue - 1)] },
            new TreeEntry { Name = [1], Kind = ItemKind.SymbolicLink, LinkTarget = new byte[65_536], Attributes = new byte[1024], LinkDevice = ulong.MaxValue },
        })
        {
            Assert.Equal(RandomTree.Describe(entry), RandomTree.Describe(Assert.Single(TreePage.DecodePage(Encode([entry])).Entries!)));
        }
    }

    [Fact]
    public void Lists_come_back_and_are_told_apart()
    {
        var tree = new RandomTree(1);
        BlobId[] ids = [.. Enumerable.Range(0, 1000).Select(_ => tree.Id())];
        Assert.Equal(ids, TreePage.DecodePage(TreePage.EncodePageList(ids)).Pages);
        Assert.Equal(ids, TreePage.DecodeContentList(TreePage.EncodeContentList(ids)));
        Assert.Empty(TreePage.DecodeContentList(TreePage.EncodeContentList([])));
        Assert.Throws<InvalidDataException>(() => TreePage.DecodePage(TreePage.EncodeContentList(ids)));
        Assert.Throws<InvalidDataException>(() => TreePage.DecodeContentList(TreePage.EncodePageList(ids)));
        Assert.Throws<InvalidDataException>(() => TreePage.DecodeContentList(TreePage.EncodeContentList(ids).AsSpan(0, 100)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Sets_of_attributes_come_back_and_hostile_ones_are_refused(int seed)
    {
        var tree = new RandomTree(seed);
        var random = new Random(seed);
        ExtendedAttribute[] attributes = [.. Enumerable.Range(0, 30).Select(i => new ExtendedAttribute([.. tree.Bytes(random.Next(1, 255)).Select(static b => b == 0 ? (byte)'n' : b)], tree.Bytes(i == 7 ? 100_000 : random.Next(0, 300))))];
        byte[] bytes = AttributeSet.Encode(attributes);
        Assert.Equal(attributes.Select(static a => (Convert.ToHexString(a.Name), Convert.ToHexString(a.Value))), AttributeSet.Decode(bytes).Select(static a => (Convert.ToHexString(a.Name), Convert.ToHexString(a.Value))));
        Assert.Empty(AttributeSet.Encode([]));
        Assert.Empty(AttributeSet.Decode([]));
        byte[] small = AttributeSet.Encode(attributes[..5]);
        for (int i = 0; i < 10_000; i++)
        {
            byte[] bad = small[..random.Next(1, small.Length + 1)];
            bad[random.Next(bad.Length)] = (byte)random.Next(256);
            try
            {
                AttributeSet.Decode(bad);
            }
            catch (InvalidDataException)
            {
                // As it should be; anything else fails the test.
            }
        }

        Assert.Throws<InvalidDataException>(() => AttributeSet.Decode(Convert.FromHexString("ffffffff07")));
    }

    private static void Refused(TreeEntry entry) => Assert.Throws<InvalidDataException>(() => TreePage.DecodePage(Encode([entry])));

    private static byte[] Encode(List<TreeEntry> entries)
    {
        var body = new ByteWriter();
        var page = new ByteWriter();
        var names = new List<string>();
        foreach (TreeEntry entry in entries) TreePage.WriteEntry(body, names, entry);
        TreePage.WriteLeaf(page, names, entries.Count, body.Written);
        return page.ToArray();
    }
}
