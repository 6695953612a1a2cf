using System.Runtime.CompilerServices;
using System.Text;
using BackupPS.Engine.Packing;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>
/// Reads a page of a folder entry by entry, in place: what a run compares a million entries with must not be a million objects. The fields
/// are those of the entry that <see cref="Read"/> came to last.
/// </summary>
internal ref struct TreePageReader
{
    private const int MaximumNameLength = 64 * 1024, MaximumTargetLength = 64 * 1024, MaximumAccountNameLength = 4096, MaximumDepth = 8;

    // Bytes of an entry of a FIFO with the shortest name: every field takes a byte, each time two.
    private const int SmallestEntry = 15;

    private readonly ReadOnlySpan<byte> page;
    private readonly ReadOnlySpan<byte> accounts;
    private readonly int accountCount;
    private string[]? accountTexts;
    private ByteReader reader;
    private int userName, groupName;
    private int start, namesStart, namesEnd, end;
    private ReadOnlySpan<byte> extents;

    /// <summary>Begins with a page.</summary>
    /// <exception cref="InvalidDataException">The bytes are no page.</exception>
    public TreePageReader(ReadOnlySpan<byte> page)
    {
        this.page = page;
        reader = new ByteReader(page);
        if (reader.ReadByte() != TreePage.Version) throw new InvalidDataException("a tree page of an unknown version");
        byte kind = reader.ReadByte();
        if (kind != TreePage.Leaf) throw new InvalidDataException($"a tree page of the unknown kind {kind}");
        accountCount = reader.ReadCount(reader.Remaining / 2);
        int first = page.Length - reader.Remaining;
        for (int i = 0; i < accountCount; i++)
        {
            if (reader.ReadRun(MaximumAccountNameLength).IsEmpty) throw new InvalidDataException("an account name of no bytes");
        }

        accounts = page[first..^reader.Remaining];
        Remaining = reader.ReadCount(reader.Remaining / SmallestEntry);
    }

    /// <summary>Entries that are still to be read.</summary>
    public int Remaining { get; private set; }

    public ItemKind Kind { get; private set; }

    public TreeEntryFlags Flags { get; private set; }

    public ReadOnlySpan<byte> Name { get; private set; }

    public uint Mode { get; private set; }

    public uint UserId { get; private set; }

    public uint GroupId { get; private set; }

    public FileTime Modified { get; private set; }

    public FileTime Changed { get; private set; }

    public ulong Inode { get; private set; }

    public uint WindowsAttributes { get; private set; }

    /// <summary>0 where the item has one name.</summary>
    public ulong LinkDevice { get; private set; }

    /// <summary>0 for what is no file.</summary>
    public long Size { get; private set; }

    public int ContentDepth { get; private set; }

    /// <summary>The ids of a file's content, one after the other.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Zero for what is no folder.</summary>
    public BlobId Subtree { get; private set; }

    public ReadOnlySpan<byte> LinkTarget { get; private set; }

    public uint NodeMajor { get; private set; }

    public uint NodeMinor { get; private set; }

    public ReadOnlySpan<byte> Attributes { get; private set; }

    public BlobId AttributeBlob { get; private set; }

    public readonly bool IsRacy => (Flags & TreeEntryFlags.Racy) != 0;

    /// <summary>Name of the owner in UTF-8; empty where none was known.</summary>
    public readonly ReadOnlySpan<byte> UserName => AccountName(userName);

    /// <summary>Name of the group in UTF-8; empty where none was known.</summary>
    public readonly ReadOnlySpan<byte> GroupName => AccountName(groupName);

    public string UserNameText => AccountText(userName);

    public string GroupNameText => AccountText(groupName);

    /// <summary>The bytes of the entry before the numbers of its account names, which mean something in this page only.</summary>
    public readonly ReadOnlySpan<byte> BytesBeforeAccounts => page[start..namesStart];

    /// <summary>The bytes of the entry after them.</summary>
    public readonly ReadOnlySpan<byte> BytesAfterAccounts => page[namesEnd..end];

    /// <summary>Goes to the next entry.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InvalidDataException">What follows is no entry, or the page does not end after the last.</exception>
    public bool Read()
    {
        if (Remaining == 0)
        {
            reader.ExpectEnd();
            return false;
        }

        Remaining--;
        start = Position;
        Kind = (ItemKind)reader.ReadByte();
        if (Kind is < ItemKind.File or > ItemKind.BlockDevice) throw new InvalidDataException($"an item of the unknown kind {(byte)Kind}");
        Flags = (TreeEntryFlags)reader.ReadNumber();
        if ((Flags & ~TreeEntryFlags.All) != 0) throw new InvalidDataException("an item with unknown flags");
        Name = reader.ReadRun(MaximumNameLength);
        Mode = (uint)reader.ReadCount(0xFFF);
        UserId = ReadUInt();
        GroupId = ReadUInt();
        namesStart = Position;
        userName = reader.ReadCount(accountCount);
        groupName = reader.ReadCount(accountCount);
        namesEnd = Position;
        Modified = ReadTime();
        Changed = ReadTime();
        Inode = reader.ReadNumber();
        WindowsAttributes = ReadUInt();
        bool linked = (Flags & TreeEntryFlags.HardLinked) != 0;
        LinkDevice = linked ? reader.ReadNumber() : 0;
        if (linked && (LinkDevice == 0 || Kind == ItemKind.Directory)) throw new InvalidDataException("hard links where there can be none");
        const TreeEntryFlags Both = TreeEntryFlags.InlineAttributes | TreeEntryFlags.AttributeBlob;
        if ((Flags & Both) == Both) throw new InvalidDataException("two sets of attributes");
        if ((Flags & TreeEntryFlags.Sparse) != 0 && Kind != ItemKind.File) throw new InvalidDataException("ranges of data in what is no file");
        ReadByKind();
        Attributes = (Flags & TreeEntryFlags.InlineAttributes) != 0 ? reader.ReadRun(AttributeSet.MaximumInlineLength) : default;
        AttributeBlob = (Flags & TreeEntryFlags.AttributeBlob) != 0 ? reader.ReadId() : default;
        end = Position;
        return true;
    }

    /// <summary>The entry as an object of its own.</summary>
    public TreeEntry ToEntry() => new()
    {
        Name = Name.ToArray(),
        Kind = Kind,
        Racy = IsRacy,
        Ancestor = (Flags & TreeEntryFlags.Ancestor) != 0,
        Mode = Mode,
        UserId = UserId,
        GroupId = GroupId,
        UserName = UserNameText,
        GroupName = GroupNameText,
        Modified = Modified,
        Changed = Changed,
        Inode = Inode,
        LinkDevice = LinkDevice,
        WindowsAttributes = WindowsAttributes,
        Size = Size,
        ContentDepth = ContentDepth,
        Content = ToIds(Content),
        Extents = (Flags & TreeEntryFlags.Sparse) != 0 ? ToExtents() : null,
        Subtree = Subtree,
        LinkTarget = LinkTarget.ToArray(),
        NodeMajor = NodeMajor,
        NodeMinor = NodeMinor,
        Attributes = Attributes.ToArray(),
        AttributeBlob = AttributeBlob,
    };

    private readonly int Position => page.Length - reader.Remaining;

    private void ReadByKind()
    {
        Size = 0;
        ContentDepth = 0;
        Content = default;
        extents = default;
        Subtree = default;
        LinkTarget = default;
        NodeMajor = 0;
        NodeMinor = 0;
        switch (Kind)
        {
            case ItemKind.File:
                Size = reader.ReadLong();
                ContentDepth = reader.ReadCount(MaximumDepth);
                Content = reader.ReadBytes(reader.ReadCount(reader.Remaining / BlobId.Length) * BlobId.Length);
                if ((Flags & TreeEntryFlags.Sparse) != 0) PassExtents();
                break;
            case ItemKind.Directory:
                Subtree = reader.ReadId();
                break;
            case ItemKind.SymbolicLink:
                LinkTarget = reader.ReadRun(MaximumTargetLength);
                break;
            case ItemKind.CharacterDevice or ItemKind.BlockDevice:
                NodeMajor = ReadUInt();
                NodeMinor = ReadUInt();
                break;
            default:
                break;
        }
    }

    private void PassExtents()
    {
        int first = Position;
        int count = reader.ReadCount(reader.Remaining / 2);
        long reached = 0;
        for (int i = 0; i < count; i++)
        {
            long gap = reader.ReadLong();
            long length = reader.ReadLong();
            if (gap > Size - reached || length > Size - reached - gap) throw new InvalidDataException("a range of data behind the end of its file");
            reached += gap + length;
        }

        extents = page[first..Position];
    }

    private readonly List<FileExtent> ToExtents()
    {
        var ranges = new ByteReader(extents);
        int count = ranges.ReadCount(int.MaxValue);
        var list = new List<FileExtent>(count);
        long reached = 0;
        for (int i = 0; i < count; i++)
        {
            long offset = reached + ranges.ReadLong();
            long length = ranges.ReadLong();
            list.Add(new FileExtent(offset, length));
            reached = offset + length;
        }

        return list;
    }

    private static BlobId[] ToIds(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return [];
        var ids = new BlobId[bytes.Length / BlobId.Length];
        for (int i = 0; i < ids.Length; i++) ids[i] = new BlobId(bytes[(i * BlobId.Length)..]);
        return ids;
    }

    // A page has few owners, so that a search from the start beats a table.
    private readonly ReadOnlySpan<byte> AccountName(int number)
    {
        if (number == 0) return default;
        var names = new ByteReader(accounts);
        for (int i = 1; i < number; i++) names.ReadRun(MaximumAccountNameLength);
        return names.ReadRun(MaximumAccountNameLength);
    }

    private string AccountText(int number)
    {
        if (number == 0) return "";
        accountTexts ??= new string[accountCount];
        return accountTexts[number - 1] ??= Encoding.UTF8.GetString(AccountName(number));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FileTime ReadTime()
    {
        long seconds = reader.ReadSigned();
        return new FileTime(seconds, reader.ReadCount(999_999_999));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint ReadUInt()
    {
        ulong value = reader.ReadNumber();
        return value <= uint.MaxValue ? (uint)value : throw new InvalidDataException("a number has more than 32 bits");
    }
}
