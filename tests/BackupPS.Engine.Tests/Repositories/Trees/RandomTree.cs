using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Tests.Repositories.Trees;

/// <summary>Entries with every kind, flag and extreme value, from a seed.</summary>
internal sealed class RandomTree(int seed)
{
    private readonly Random random = new(seed);

    public List<TreeEntry> Entries(int count)
    {
        var names = new SortedSet<byte[]>(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        while (names.Count < count) names.Add(Bytes(random.Next(1, 20)));
        return [.. names.Select(Entry)];
    }

    public TreeEntry Entry(byte[] name)
    {
        var kind = (ItemKind)random.Next(1, 8);
        bool file = kind == ItemKind.File, sparse = file && random.Next(4) == 0, large = random.Next(8) == 0;
        long size = file ? (long)(Number() >> 1) : 0;
        return new TreeEntry
        {
            Name = name,
            Kind = kind,
            Racy = random.Next(2) == 0,
            Ancestor = random.Next(2) == 0,
            Mode = (uint)random.Next(4096),
            UserId = (uint)Number(),
            GroupId = (uint)Number(),
            UserName = Account(),
            GroupName = Account(),
            Modified = Time(),
            Changed = Time(),
            Inode = Number(),
            LinkDevice = kind != ItemKind.Directory && random.Next(3) == 0 ? Number() | 1 : 0,
            WindowsAttributes = (uint)Number(),
            Size = size,
            ContentDepth = file ? random.Next(0, 9) : 0,
            Content = file ? [.. Enumerable.Range(0, random.Next(0, 5)).Select(_ => Id())] : [],
            Extents = sparse ? Extents(size) : null,
            Subtree = kind == ItemKind.Directory ? Id() : default,
            LinkTarget = kind == ItemKind.SymbolicLink ? Bytes(random.Next(0, 300)) : [],
            NodeMajor = kind is ItemKind.CharacterDevice or ItemKind.BlockDevice ? (uint)Number() : 0,
            NodeMinor = kind is ItemKind.CharacterDevice or ItemKind.BlockDevice ? (uint)Number() : 0,
            Attributes = !large && random.Next(3) == 0 ? Bytes(random.Next(1, 1025)) : [],
            AttributeBlob = large ? Id() : default,
        };
    }

    public BlobId Id() => new(Bytes(24));

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Every member as text, so that two entries can be compared.</summary>
    public static string Describe(TreeEntry e) => string.Join('|',
        Convert.ToHexString(e.Name), e.Kind, e.Racy, e.Ancestor, e.Mode, e.UserId, e.GroupId, e.UserName, e.GroupName, e.Modified, e.Changed, e.Inode, e.LinkDevice, e.WindowsAttributes,
        e.Size, e.ContentDepth, string.Join(',', e.Content), e.Extents is null ? "" : "x" + string.Join(',', e.Extents), e.Subtree, Convert.ToHexString(e.LinkTarget), e.NodeMajor, e.NodeMinor,
        Convert.ToHexString(e.Attributes), e.AttributeBlob);

    private ulong Number() => (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);

    private string Account() => random.Next(4) switch { 0 => "", 1 => "root", 2 => "jörg", _ => $"user{random.Next(50)}" };

    private FileTime Time() => new(random.Next(2) == 0 ? random.NextInt64(-100, 2_000_000_000) : random.NextInt64(long.MinValue, long.MaxValue), random.Next(1_000_000_000));

    private List<FileExtent> Extents(long size)
    {
        var extents = new List<FileExtent>();
        long end = 0;
        for (int n = random.Next(0, 6); n > 0 && end < size; n--)
        {
            long offset = end + random.NextInt64(size - end);
            long length = random.NextInt64(size - offset + 1);
            extents.Add(new FileExtent(offset, length));
            end = offset + length;
        }

        return extents;
    }
}
