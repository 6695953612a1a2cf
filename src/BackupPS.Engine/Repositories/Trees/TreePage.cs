using System.Text;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>The blobs that trees are made of, as bytes. FORMAT.md, "Trees".</summary>
internal static class TreePage
{
    public const byte Version = 1, Leaf = 0;
    private const byte PageList = 1, ContentList = 2;

    /// <summary>Of a file with more ranges the holes are saved as zeros: an entry must fit into a blob.</summary>
    public const int MaximumExtents = 64 * 1024;

    /// <summary>Encodes one entry to the end of <paramref name="body"/>.</summary>
    /// <param name="body">The page's entries so far.</param>
    /// <param name="names">The page's table of account names; grows.</param>
    /// <param name="entry">The entry.</param>
    public static void WriteEntry(ByteWriter body, List<string> names, TreeEntry entry)
    {
        TreeEntryFlags flags = (entry.Racy ? TreeEntryFlags.Racy : 0)
            | (entry.Ancestor ? TreeEntryFlags.Ancestor : 0)
            | (entry.IsHardLinked ? TreeEntryFlags.HardLinked : 0)
            | (entry.Kind == ItemKind.File && entry.Extents is not null ? TreeEntryFlags.Sparse : 0)
            | (entry.Attributes.Length > 0 ? TreeEntryFlags.InlineAttributes : 0)
            | (entry.AttributeBlob.IsZero ? 0 : TreeEntryFlags.AttributeBlob);
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
        if (IsPageList(bytes)) return (null, DecodePageList(bytes));
        var reader = new TreePageReader(bytes);
        var entries = new List<TreeEntry>(reader.Remaining);
        while (reader.Read()) entries.Add(reader.ToEntry());
        return (entries, null);
    }

    /// <summary>Whether the blob of a folder lists pages; else it is one, or nothing that is known.</summary>
    public static bool IsPageList(ReadOnlySpan<byte> bytes) => bytes.Length >= 2 && bytes[0] == Version && bytes[1] == PageList;

    /// <summary>Decodes a list of the pages of one folder.</summary>
    /// <exception cref="InvalidDataException">The bytes are no such list.</exception>
    public static BlobId[] DecodePageList(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        if (reader.ReadByte() != Version || reader.ReadByte() != PageList) throw new InvalidDataException("not a list of pages");
        return ReadIds(ref reader);
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

    /// <summary>Number of an account name in a page; grows the table where it is new.</summary>
    // Number 0 is the empty name; the table holds the others. A page has few owners, so that a search beats a dictionary.
    public static int NameIndex(List<string> names, string name)
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
}
