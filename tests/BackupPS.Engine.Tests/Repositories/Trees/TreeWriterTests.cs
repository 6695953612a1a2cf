using System.Globalization;
using System.Text;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;
using BackupPS.Engine.Tests.Crypto;

namespace BackupPS.Engine.Tests.Repositories.Trees;

/// <summary>How folders are cut into pages and files into lists: what two versions share.</summary>
public sealed class TreeWriterTests
{
    private readonly MemoryBlobs blobs = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(20_000)]
    public void A_folder_of_any_size_comes_back(int count)
    {
        List<TreeEntry> entries = new RandomTree(count).Entries(count);
        BlobId folder = Writer().WriteFolder(entries);
        Assert.Equal(entries.Select(RandomTree.Describe), blobs.Entries(folder).Select(RandomTree.Describe));
    }

    [Fact]
    public void A_small_folder_is_one_page_and_a_large_one_has_pages_of_bounded_length()
    {
        Assert.Single(blobs.Pages(Writer().WriteFolder(Names(100))));
        BlobId[] pages = blobs.Pages(Writer().WriteFolder(Names(100_000)));
        Assert.True(pages.Length > 5, $"{pages.Length} pages");
        Assert.All(pages, p => Assert.InRange(blobs.Blobs[p].Length, 1, (1024 * 1024) + 4096));
        Assert.All(pages.SkipLast(1), p => Assert.True(blobs.Blobs[p].Length >= 64 * 1024));
    }

    [Theory]
    [InlineData("item 0")]
    [InlineData("item 5000x")]
    [InlineData("zzz")]
    public void One_new_name_changes_one_page(string added)
    {
        List<TreeEntry> entries = Names(50_000);
        HashSet<BlobId> before = [.. blobs.Pages(Writer().WriteFolder(entries))];
        entries.RemoveAll(e => e.Name.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(added)));
        entries.Add(Entry(added + "!"));
        BlobId[] after = blobs.Pages(Writer().WriteFolder(Sorted(entries)));

        // Two pages change where the new name, or the room that it takes, moves an end.
        Assert.InRange(after.Count(p => !before.Contains(p)), 1, 2);
        Assert.True(before.Count > 4);
    }

    [Fact]
    public void Another_key_ends_pages_elsewhere()
    {
        List<TreeEntry> entries = Names(50_000);
        BlobId[] one = blobs.Pages(Writer().WriteFolder(entries));
        BlobId[] other = blobs.Pages(new TreeWriter(blobs, new NameHash(FixedKeys.Range(9, 32))).WriteFolder(entries));
        Assert.NotEqual(one, other);
        Assert.Equal(one, blobs.Pages(Writer().WriteFolder(entries)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1024, 0)]
    [InlineData(1025, 1)]
    [InlineData(100_000, 1)]
    [InlineData(1_500_000, 2)]
    public void The_blobs_of_a_file_come_back_through_as_many_lists_as_it_takes(int count, int depth)
    {
        BlobId[] content = Content(count);
        TreeEntry entry = Entry("file");
        Writer().SetContent(entry, content);
        Assert.Equal(depth, entry.ContentDepth);
        Assert.InRange(entry.Content.Length, 0, 1024);
        Assert.Equal(content, blobs.Content(entry));
    }

    [Fact]
    public void A_content_that_never_cuts_still_has_bounded_lists()
    {
        // The same block over and over, as in a disk image of zeros: its id ends no list.
        BlobId zero = FixedKeys.Set.ComputeId(BlobKind.Data, new byte[4]);
        TreeEntry entry = Entry("zeros");
        Writer().SetContent(entry, [.. Enumerable.Repeat(zero, 100_000)]);
        Assert.Equal(100_000, blobs.Content(entry).Count);
        Assert.InRange(blobs.Blobs.Count, 1, 3);
        Assert.All(blobs.Blobs.Values, static b => Assert.InRange(b.Length, 1, (2048 * 24) + 16));
    }

    [Fact]
    public void A_new_blob_in_a_long_file_changes_few_lists()
    {
        List<BlobId> content = [.. Content(100_000)];
        Writer().SetContent(Entry("before"), content);
        int before = blobs.Blobs.Count;
        content.Insert(50_000, new RandomTree(77).Id());
        Writer().SetContent(Entry("after"), content);
        Assert.InRange(blobs.Blobs.Count - before, 1, 4);
    }

    [Fact]
    public void Small_sets_of_attributes_are_inline_large_ones_have_a_blob_and_too_large_ones_are_refused()
    {
        TreeEntry small = Entry("a"), large = Entry("b");
        byte[] set = AttributeSet.Encode([new ExtendedAttribute([1], new byte[1000])]);
        Writer().SetAttributes(small, set);
        Assert.Equal(set, small.Attributes);
        Assert.True(small.AttributeBlob.IsZero);
        set = AttributeSet.Encode([new ExtendedAttribute([1], new byte[1100])]);
        Writer().SetAttributes(large, set);
        Assert.Empty(large.Attributes);
        Assert.Equal(set, blobs.Blobs[large.AttributeBlob]);
        Assert.Throws<PlatformException>(() => Writer().SetAttributes(Entry("c"), new byte[AttributeSet.MaximumLength + 1]));
    }

    private TreeWriter Writer() => new(blobs, new NameHash(FixedKeys.Set.Chunking));

    private static BlobId[] Content(int count) => [.. Enumerable.Range(0, count).Select(static i => new BlobId(SplitMix.Bytes((ulong)i, 24)))];

    private static List<TreeEntry> Names(int count) => Sorted([.. Enumerable.Range(0, count).Select(static i => Entry(string.Create(CultureInfo.InvariantCulture, $"item {i}")))]);

    private static List<TreeEntry> Sorted(List<TreeEntry> entries)
    {
        entries.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return entries;
    }

    private static TreeEntry Entry(string name) => new() { Name = Encoding.UTF8.GetBytes(name), Kind = ItemKind.File, Size = 1, Mode = 0x1A4, Modified = new FileTime(1_700_000_000, 1) };
}
