using System.Runtime.CompilerServices;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Makes entries of trees from what the system says of items.</summary>
internal sealed class EntryFactory(IAccounts accounts)
{
    // DESIGN section 2: file systems keep times in ticks of up to 2 s (FAT).
    private static readonly TimeSpan RacyWindow = TimeSpan.FromSeconds(2);

    // Asked by the walk's thread only.
    private readonly AccountNames users = new(accounts.GetUserName), groups = new(accounts.GetGroupName);

    /// <summary>Whether a file changed so shortly before it was read that a later change may leave its times as they are.</summary>
    public static bool IsRacy(in ItemInfo info, DateTime readAt)
    {
        DateTime limit = readAt - RacyWindow;
        return info.Modified.ToDateTime() > limit || info.Changed.ToDateTime() > limit;
    }

    public TreeEntry Create(byte[] name, in ItemInfo info, bool racy = false, bool ancestor = false, byte[]? linkTarget = null) => new()
    {
        Name = name,
        Kind = info.Kind,
        Racy = racy,
        Ancestor = ancestor,
        Mode = info.Mode,
        UserId = info.UserId,
        GroupId = info.GroupId,
        UserName = accounts.GetUserName(info.UserId),
        GroupName = accounts.GetGroupName(info.GroupId),
        // A folder that only leads to a source changes with things that are not saved: its times would make every root tree a new one.
        Modified = ancestor ? default : info.Modified,
        Changed = ancestor ? default : info.Changed,
        Inode = ancestor ? 0 : info.Inode,
        LinkDevice = LinkDeviceOf(info),
        WindowsAttributes = info.WindowsAttributes,
        Size = info.Kind == ItemKind.File ? info.Size : 0,
        LinkTarget = linkTarget ?? [],
        NodeMajor = info.NodeMajor,
        NodeMinor = info.NodeMinor,
    };

    /// <summary>The extended attributes of an item as trees have them.</summary>
    public byte[] Encode(IReadOnlyList<ExtendedAttribute> attributes) => AttributeSet.Encode(AccessNames.Add(attributes, accounts));

    /// <summary>Whether an item looks as the parent has it: size, times and inode are the same. Only where the parent is not racy does that prove it unchanged.</summary>
    public static bool LooksUnchanged(scoped ref TreePageReader before, in ItemInfo now) =>
        before.Kind == now.Kind && before.Size == (now.Kind == ItemKind.File ? now.Size : 0)
        && IsSame(before.Modified, now.Modified) && IsSame(before.Changed, now.Changed) && before.Inode == now.Inode;

    /// <summary>Whether the entry of an unchanged item would be the parent's, byte for byte: what <see cref="LooksUnchanged"/> does not look at is the same, too.</summary>
    public bool IsSame(scoped ref TreePageReader before, in ItemInfo now) =>
        before.Mode == now.Mode && before.UserId == now.UserId && before.GroupId == now.GroupId
        && before.WindowsAttributes == now.WindowsAttributes
        && before.LinkDevice == LinkDeviceOf(now)
        && before.NodeMajor == (IsNode(now.Kind) ? now.NodeMajor : 0) && before.NodeMinor == (IsNode(now.Kind) ? now.NodeMinor : 0)
        && (before.Flags & (TreeEntryFlags.Racy | TreeEntryFlags.Ancestor)) == 0
        && users.Has(now.UserId, before.UserName) && groups.Has(now.GroupId, before.GroupName);

    /// <summary>Whether the entry of a folder, tree and all, would be the parent's, byte for byte.</summary>
    public bool IsSame(scoped ref TreePageReader before, TreeEntry now) =>
        before.Kind == ItemKind.Directory
        && before.Flags == ((now.Ancestor ? TreeEntryFlags.Ancestor : 0) | (now.Attributes.Length > 0 ? TreeEntryFlags.InlineAttributes : 0) | (now.AttributeBlob.IsZero ? 0 : TreeEntryFlags.AttributeBlob))
        && before.Mode == now.Mode && before.UserId == now.UserId && before.GroupId == now.GroupId
        && before.Modified == now.Modified && before.Changed == now.Changed && before.Inode == now.Inode
        && before.WindowsAttributes == now.WindowsAttributes
        && before.Attributes.SequenceEqual(now.Attributes) && before.AttributeBlob.Equals(now.AttributeBlob)
        && users.Has(now.UserId, before.UserName) && groups.Has(now.GroupId, before.GroupName);

    /// <summary>The entry of an item whose content, target and attributes are the parent's.</summary>
    public TreeEntry Reuse(scoped ref TreePageReader before, in ItemInfo now)
    {
        TreeEntry old = before.ToEntry();
        TreeEntry entry = Create(old.Name, now, linkTarget: old.LinkTarget);
        entry.Content = old.Content;
        entry.ContentDepth = old.ContentDepth;
        entry.Extents = old.Extents;
        entry.Attributes = old.Attributes;
        entry.AttributeBlob = old.AttributeBlob;
        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSame(FileTime before, FileTime now) => before.Seconds == now.Seconds && before.Nanoseconds == now.Nanoseconds;

    private static ulong LinkDeviceOf(in ItemInfo info) => info.Kind != ItemKind.Directory && info.LinkCount > 1 ? info.Device : 0;

    private static bool IsNode(ItemKind kind) => kind is ItemKind.CharacterDevice or ItemKind.BlockDevice;
}
