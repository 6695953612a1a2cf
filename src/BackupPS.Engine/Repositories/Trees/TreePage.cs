using System.Text;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>The blobs that trees are made of, as bytes. FORMAT.md, "Trees".</summary>
internal static class TreePage
{
    private const byte Version = 1, Leaf = 0, PageList = 1, ContentList = 2;
    private const int MaximumNameLength = 64 * 1024, MaximumTargetLength = 64 * 1024, MaximumAccountNameLength = 4096, MaximumDepth = 8;

    // Bytes of an entry of a FIFO with the shortest name: every field takes a byte, each time two.
    private const int SmallestEntry = 15;

    /// <summary>Of a file with more ranges the holes are saved as zeros: an entry must fit into a blob.</summary>
    public const int MaximumExtents = 64 * 1024;

    [Flags]
    private enum EntryFlags : ulong
    {
        None = 0,
        Racy = 1,
        Ancestor = 2,
        HardLinked = 4,
        Sparse = 8,
        InlineAttributes = 16,
        AttributeBlob = 32,
        All = 63,
    }

    /// <summary>Encodes one entry to the end of <paramref name="body"/>.</summary>
    /// <param name="body">The page's entries so far.</param>
    /// <param name="names">The page's table of account names; grows.</param>
    /// <param name="entry">The entry.</param>
    public static void WriteEntry(ByteWriter body, List<string> names, TreeEntry entry)
    {
        EntryFlags flags = (entry.Racy ? EntryFlags.Racy : 0)
            | (entry.Ancestor ? EntryFlags.Ancestor : 0)
            | (entry.IsHardLinked ? EntryFlags.HardLinked : 0)
            | (entry.Kind == ItemKind.File && entry.Extents is not null ? EntryFlags.Sparse : 0)
            | (entry.Attributes.Length > 0 ? EntryFlags.InlineAttributes : 0)
            | (entry.AttributeBlob.IsZero ? 0 : EntryFlags.AttributeBlob);
        body.WriteByte((byte)entry.Kind);
        body.WriteNumber((ulong)flags);
        body.WriteRun(entry.Name);
        body.WriteNumber((ulong)entry.Mode);
        body.WriteNumber((ulong)entry.UserId);
        body.WriteNumber((ulong)entry.GroupId);
        body.WriteNumber((ulong)NameIndex(names, entry.UserName));
        body.WriteNumber((ulong)NameIndex(names, entry.GroupName));
        WriteTime(body, entry.Modified);
        WriteTime(body, entry.Changed);
        body.WriteNumber(entry.Inode);
        body.WriteNumber((ulong)entry.WindowsAttributes);
        if (entry.IsHardLinked) body.WriteNumber(entry.LinkDevice);
        switch (entry.Kind)
        {
            case ItemKind.File:
                WriteFile(body, entry);
                break;
            case ItemKind.Directory:
                body.WriteId(entry.Subtree);
                break;
            case ItemKind.SymbolicLink:
                body.WriteRun(entry.LinkTarget);
                break;
            case ItemKind.CharacterDevice or ItemKind.BlockDevice:
                body.WriteNumber((ulong)entry.NodeMajor);
                body.WriteNumber((ulong)entry.NodeMinor);
                break;
            default:
                break;
        }

        if (entry.Attributes.Length > 0) body.WriteRun(entry.Attributes);
        if (!entry.AttributeBlob.IsZero) body.WriteId(entry.AttributeBlob);
    }

    /// <summary>A page of entries.</summary>
    public static void WriteLeaf(ByteWriter page, List<string> names, int count, ReadOnlySpan<byte> body)
    {
        page.WriteByte(Version);
        page.WriteByte(Leaf);
        page.WriteNumber((ulong)names.Count);
        foreach (string name in names) page.WriteRun(Encoding.UTF8.GetBytes(name));
        page.WriteNumber((ulong)count);
        page.WriteBytes(body);
    }

    /// <summary>A list of the pages of one folder, in the order of their names.</summary>
    public static byte[] EncodePageList(IReadOnlyList<BlobId> pages) => EncodeList(PageList, pages);

    /// <summary>A list of the blobs, or of further lists, of one file.</summary>
    public static byte[] EncodeContentList(IReadOnlyList<BlobId> blobs) => EncodeList(ContentList, blobs);

    /// <summary>Decodes a page of a folder.</summary>
    /// <returns>Its entries, or the pages it lists; the other is <see langword="null"/>.</returns>
    /// <exception cref="InvalidDataException">The bytes are no page.</exception>
    public static (List<TreeEntry>? Entries, BlobId[]? Pages) DecodePage(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.ReadByte() != Version) throw new InvalidDataException("a tree page of an unknown version");
        byte kind = reader.ReadByte();
        if (kind == PageList) return (null, ReadIds(ref reader));
        if (kind != Leaf) throw new InvalidDataException($"a tree page of the unknown kind {kind}");
        int nameCount = reader.ReadCount(reader.Remaining / 2);
        var names = new List<string>(Math.Min(nameCount, 64)) { "" };
        for (int i = 0; i < nameCount; i++)
        {
            ReadOnlySpan<byte> name = reader.ReadRun(MaximumAccountNameLength);
            names.Add(name.IsEmpty ? throw new InvalidDataException("an account name of no bytes") : Encoding.UTF8.GetString(name));
        }

        int count = reader.ReadCount(reader.Remaining / SmallestEntry);
        var entries = new List<TreeEntry>(count);
        for (int i = 0; i < count; i++)
        {
            TreeEntry entry = ReadEntry(ref reader, names);
            entries.Add(entry);
        }

        reader.ExpectEnd();
        return (entries, null);
    }

    /// <summary>Decodes a list of blobs of a file.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such list.</exception>
    public static BlobId[] DecodeContentList(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.ReadByte() != Version || reader.ReadByte() != ContentList) throw new InvalidDataException("not a list of content");
        return ReadIds(ref reader);
    }

    private static void WriteFile(ByteWriter body, TreeEntry entry)
    {
        body.WriteNumber(entry.Size);
        body.WriteNumber((ulong)entry.ContentDepth);
        body.WriteNumber((ulong)entry.Content.Length);
        foreach (BlobId id in entry.Content) body.WriteId(id);
        if (entry.Extents is null) return;
        body.WriteNumber((ulong)entry.Extents.Count);
        long end = 0;
        foreach (FileExtent extent in entry.Extents)
        {
            body.WriteNumber(extent.Offset - end);
            body.WriteNumber(extent.Length);
            end = extent.Offset + extent.Length;
        }
    }

    private static TreeEntry ReadEntry(ref ByteReader reader, List<string> names)
    {
        var kind = (ItemKind)reader.ReadByte();
        if (kind is < ItemKind.File or > ItemKind.BlockDevice) throw new InvalidDataException($"an item of the unknown kind {(byte)kind}");
        var flags = (EntryFlags)reader.ReadNumber();
        if ((flags & ~EntryFlags.All) != 0) throw new InvalidDataException("an item with unknown flags");
        byte[] name = reader.ReadRun(MaximumNameLength).ToArray();
        uint mode = (uint)reader.ReadCount(0xFFF);
        uint userId = ReadUInt(ref reader);
        uint groupId = ReadUInt(ref reader);
        string userName = names[reader.ReadCount(names.Count - 1)];
        string groupName = names[reader.ReadCount(names.Count - 1)];
        FileTime modified = ReadTime(ref reader);
        FileTime changed = ReadTime(ref reader);
        ulong inode = reader.ReadNumber();
        uint windowsAttributes = ReadUInt(ref reader);
        ulong linkDevice = flags.HasFlag(EntryFlags.HardLinked) ? reader.ReadNumber() : 0;
        if (flags.HasFlag(EntryFlags.HardLinked) && (linkDevice == 0 || kind == ItemKind.Directory)) throw new InvalidDataException("hard links where there can be none");
        if (flags.HasFlag(EntryFlags.InlineAttributes | EntryFlags.AttributeBlob)) throw new InvalidDataException("two sets of attributes");
        if (flags.HasFlag(EntryFlags.Sparse) && kind != ItemKind.File) throw new InvalidDataException("ranges of data in what is no file");
        long size = 0;
        int depth = 0;
        BlobId[] content = [];
        List<FileExtent>? extents = null;
        BlobId subtree = default;
        byte[] target = [];
        uint major = 0, minor = 0;
        switch (kind)
        {
            case ItemKind.File:
                size = reader.ReadLong();
                depth = reader.ReadCount(MaximumDepth);
                content = ReadIdRun(ref reader);
                if (flags.HasFlag(EntryFlags.Sparse)) extents = ReadExtents(ref reader, size);
                break;
            case ItemKind.Directory:
                subtree = reader.ReadId();
                break;
            case ItemKind.SymbolicLink:
                target = reader.ReadRun(MaximumTargetLength).ToArray();
                break;
            case ItemKind.CharacterDevice or ItemKind.BlockDevice:
                major = ReadUInt(ref reader);
                minor = ReadUInt(ref reader);
                break;
            default:
                break;
        }

        return new TreeEntry
        {
            Name = name,
            Kind = kind,
            Racy = flags.HasFlag(EntryFlags.Racy),
            Ancestor = flags.HasFlag(EntryFlags.Ancestor),
            Mode = mode,
            UserId = userId,
            GroupId = groupId,
            UserName = userName,
            GroupName = groupName,
            Modified = modified,
            Changed = changed,
            Inode = inode,
            LinkDevice = linkDevice,
            WindowsAttributes = windowsAttributes,
            Size = size,
            ContentDepth = depth,
            Content = content,
            Extents = extents,
            Subtree = subtree,
            LinkTarget = target,
            NodeMajor = major,
            NodeMinor = minor,
            Attributes = flags.HasFlag(EntryFlags.InlineAttributes) ? reader.ReadRun(AttributeSet.MaximumInlineLength).ToArray() : [],
            AttributeBlob = flags.HasFlag(EntryFlags.AttributeBlob) ? reader.ReadId() : default,
        };
    }

    private static List<FileExtent> ReadExtents(ref ByteReader reader, long size)
    {
        int count = reader.ReadCount(reader.Remaining / 2);
        var extents = new List<FileExtent>(count);
        long end = 0;
        for (int i = 0; i < count; i++)
        {
            long gap = reader.ReadLong();
            long length = reader.ReadLong();
            if (gap > size - end || length > size - end - gap) throw new InvalidDataException("a range of data behind the end of its file");
            extents.Add(new FileExtent(end + gap, length));
            end += gap + length;
        }

        return extents;
    }

    private static byte[] EncodeList(byte kind, IReadOnlyList<BlobId> ids)
    {
        var writer = new ByteWriter((ids.Count * BlobId.Length) + 16);
        writer.WriteByte(Version);
        writer.WriteByte(kind);
        writer.WriteNumber((ulong)ids.Count);
        foreach (BlobId id in ids) writer.WriteId(id);
        return writer.ToArray();
    }

    private static BlobId[] ReadIds(ref ByteReader reader)
    {
        BlobId[] ids = ReadIdRun(ref reader);
        reader.ExpectEnd();
        return ids;
    }

    private static BlobId[] ReadIdRun(ref ByteReader reader)
    {
        var ids = new BlobId[reader.ReadCount(reader.Remaining / BlobId.Length)];
        for (int i = 0; i < ids.Length; i++) ids[i] = reader.ReadId();
        return ids;
    }

    // Number 0 is the empty name; the table holds the others. A page has few owners, so that a search beats a dictionary.
    private static int NameIndex(List<string> names, string name)
    {
        if (name.Length == 0) return 0;
        int index = names.IndexOf(name);
        if (index >= 0) return index + 1;
        names.Add(name);
        return names.Count;
    }

    private static void WriteTime(ByteWriter writer, FileTime time)
    {
        writer.WriteSigned(time.Seconds);
        writer.WriteNumber((ulong)time.Nanoseconds);
    }

    private static FileTime ReadTime(ref ByteReader reader)
    {
        long seconds = reader.ReadSigned();
        return new FileTime(seconds, reader.ReadCount(999_999_999));
    }

    private static uint ReadUInt(ref ByteReader reader)
    {
        ulong value = reader.ReadNumber();
        return value <= uint.MaxValue ? (uint)value : throw new InvalidDataException("a number has more than 32 bits");
    }
}
