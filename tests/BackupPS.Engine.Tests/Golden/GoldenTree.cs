using System.Globalization;
using System.Text;
using BackupPS.Engine.Chunking;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>Writes a tree that has every kind of entry, every flag, and every form of content.</summary>
internal sealed class GoldenTree
{
    private static readonly FileTime Modified = new(1_700_000_000, 123_456_789);
    private readonly Repository repository;
    private readonly RepositoryWriter writer;
    private readonly TreeWriter trees;
    private readonly IChunker chunker;
    private readonly SegmentWriter data;
    private readonly bool plain;

    public GoldenTree(Repository repository, RepositoryWriter writer)
    {
        this.repository = repository;
        this.writer = writer;
        trees = new TreeWriter(writer, new NameHash(repository.Keys.Chunking));
        chunker = repository.CreateChunker();
        data = writer.CreateDataWriter();

        // What does not compress is kept small where nothing is compressed: the repositories are committed.
        plain = repository.Config.Compression == "none";
    }

    /// <returns>The root.</returns>
    public BlobId Write(bool changed)
    {
        BlobId golden = WriteFolder([.. Files(changed), .. Specials(), .. Folders()]);
        BlobId root = WriteFolder([Folder("srv", WriteFolder([Folder("golden", golden)]), ancestor: true)]);
        data.Flush();
        data.Dispose();
        return root;
    }

    private List<TreeEntry> Files(bool changed)
    {
        byte[] text = Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, plain ? 4000 : 12_000).Select(static i => i.ToString(CultureInfo.InvariantCulture))));
        byte[] noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        List<TreeEntry> files =
        [
            File("empty", []),
            File("one byte", [7]),
            File("changing", Encoding.UTF8.GetBytes(changed ? "after" : "before"), racy: changed),
            File("large", [.. text, .. noise, .. text]),
            File("line\nbreak and \\ and \t", "a name that needs care"u8.ToArray()),
            File(new string('n', 255), "the longest name"u8.ToArray()),
            File([.. "not "u8, 0xFF, 0xC3, .. " utf-8"u8], "bytes"u8.ToArray()),
            File("unicode é 漢 😀", "text"u8.ToArray()),
            File("hard link 1", "linked"u8.ToArray(), inode: 4711, linkDevice: (8UL << 32) | 1),
            File("hard link 2", "linked"u8.ToArray(), inode: 4711, linkDevice: (8UL << 32) | 1),
            new() { Name = "old"u8.ToArray(), Kind = ItemKind.File, Mode = 0xFFF, UserId = uint.MaxValue, GroupId = uint.MaxValue - 1, Modified = new FileTime(-1, 999_999_999), Changed = new FileTime(-62_135_596_800, 0), Inode = ulong.MaxValue, WindowsAttributes = uint.MaxValue },
            Sparse("sparse", 1_000_000, [new FileExtent(4096, 8192), new FileExtent(65_536, 1), new FileExtent(999_000, 1000)]),
            Sparse("all hole", 1L << 20, []),
        ];
        // Alone in its segment, it is stored as it is whatever the codec.
        data.Flush();
        files.Add(File("noise", noise));
        data.Flush();
        if (changed) files.RemoveAll(static f => f.Name.AsSpan().SequenceEqual("one byte"u8));

        TreeEntry inline = File("small attributes", "x"u8.ToArray());
        trees.SetAttributes(inline, AttributeSet.Encode([new ExtendedAttribute("user.comment"u8.ToArray(), "hello"u8.ToArray()), new ExtendedAttribute("user.empty"u8.ToArray(), [])]));
        TreeEntry large = File("large attributes", "x"u8.ToArray());
        trees.SetAttributes(large, AttributeSet.Encode([new ExtendedAttribute("system.posix_acl_access"u8.ToArray(), [2, 0, 0, 0, 1, 0, 6, 0, 0xFF, 0xFF, 0xFF, 0xFF]), new ExtendedAttribute("user.big"u8.ToArray(), [.. Enumerable.Repeat((byte)'b', 5000)])]));
        return [.. files, inline, large];
    }

    private static List<TreeEntry> Specials() =>
    [
        Special("link", ItemKind.SymbolicLink, target: "empty"u8.ToArray()),
        Special("link absolute", ItemKind.SymbolicLink, target: "/nowhere/at all"u8.ToArray(), linkDevice: 5),
        Special("link bytes", ItemKind.SymbolicLink, target: [0xFE, (byte)'/', 0xFF]),
        Special("pipe", ItemKind.Fifo, linkDevice: 5),
        Special("socket", ItemKind.Socket),
        Special("null", ItemKind.CharacterDevice, major: 1, minor: 3),
        Special("disk", ItemKind.BlockDevice, major: 259, minor: uint.MaxValue),
    ];

    private List<TreeEntry> Folders()
    {
        BlobId inner = WriteFolder([Folder("deeper", WriteFolder([File("leaf", "leaf"u8.ToArray())]))]);
        var many = Enumerable.Range(0, plain ? 100 : 9000).Select(static i => Special(string.Create(CultureInfo.InvariantCulture, $"item {i}"), ItemKind.Fifo)).ToList();
        List<TreeEntry> folders = [Folder("empty folder", WriteFolder([])), Folder("folder", inner), Folder("many", WriteFolder(many))];
        if (plain)
        {
            // 70 MB of zeros, which are one blob: the ids need a list.
            TreeEntry zeros = new() { Name = "zeros"u8.ToArray(), Kind = ItemKind.File, Mode = 0x1A4, Modified = Modified, Changed = Modified, Size = 1100L * repository.Config.Chunking.Average };
            BlobId zero = Store(new byte[repository.Config.Chunking.Average]);
            trees.SetContent(zeros, [.. Enumerable.Repeat(zero, 1100)]);
            folders.Add(zeros);
        }

        return folders;
    }

    private BlobId WriteFolder(List<TreeEntry> entries)
    {
        entries.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return trees.WriteFolder(entries);
    }

    private TreeEntry File(string name, byte[] content, bool racy = false, ulong inode = 1, ulong linkDevice = 0) => File(Encoding.UTF8.GetBytes(name), content, racy, inode, linkDevice);

    private TreeEntry File(byte[] name, byte[] content, bool racy = false, ulong inode = 1, ulong linkDevice = 0)
    {
        var entry = new TreeEntry { Name = name, Kind = ItemKind.File, Racy = racy, Mode = 0x1A4, UserId = 1000, GroupId = 100, UserName = "tester", GroupName = "grüppe", Modified = Modified, Changed = Modified, Inode = inode, LinkDevice = linkDevice, Size = content.Length };
        trees.SetContent(entry, StoreAll(content));
        return entry;
    }

    private TreeEntry Sparse(string name, long size, FileExtent[] extents)
    {
        byte[] content = new byte[extents.Sum(static e => e.Length)];
        new Random(2).NextBytes(content);
        TreeEntry entry = File(name, content);
        entry.Size = size;
        entry.Extents = extents;
        return entry;
    }

    private static TreeEntry Folder(string name, BlobId tree, bool ancestor = false) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Kind = ItemKind.Directory,
        Ancestor = ancestor,
        Mode = 0x3ED,
        UserName = "root",
        GroupName = "root",
        Modified = Modified,
        Changed = Modified,
        Inode = 2,
        Subtree = tree,
    };

    private static TreeEntry Special(string name, ItemKind kind, byte[]? target = null, uint major = 0, uint minor = 0, ulong linkDevice = 0) => new()
    {
        Name = Encoding.UTF8.GetBytes(name),
        Kind = kind,
        Mode = 0x1FF,
        UserId = 7,
        Modified = Modified,
        Changed = new FileTime(Modified.Seconds + 1, 0),
        Inode = 99,
        LinkDevice = linkDevice,
        LinkTarget = target ?? [],
        NodeMajor = major,
        NodeMinor = minor,
    };

    private List<BlobId> StoreAll(byte[] content)
    {
        var ids = new List<BlobId>();
        for (int start = 0; start < content.Length;)
        {
            int length = chunker.FindCut(content.AsSpan(start));
            ids.Add(Store(content.AsMemory(start, length)));
            start += length;
        }

        return ids;
    }

    private BlobId Store(ReadOnlyMemory<byte> chunk)
    {
        BlobId id = repository.Keys.ComputeId(BlobKind.Data, chunk.Span);
        if (writer.TryClaim(id, chunk.Length)) data.Add(id, chunk.Span);
        return id;
    }
}
