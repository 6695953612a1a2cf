using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Makes entries of trees from what the system says of items.</summary>
internal sealed class EntryFactory(IAccounts accounts)
{
    // DESIGN section 2: file systems keep times in ticks of up to 2 s (FAT).
    private static readonly TimeSpan RacyWindow = TimeSpan.FromSeconds(2);

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
        LinkDevice = info.Kind != ItemKind.Directory && info.LinkCount > 1 ? info.Device : 0,
        WindowsAttributes = info.WindowsAttributes,
        Size = info.Kind == ItemKind.File ? info.Size : 0,
        LinkTarget = linkTarget ?? [],
        NodeMajor = info.NodeMajor,
        NodeMinor = info.NodeMinor,
    };

    /// <summary>Whether an item looks as the parent has it: size, times and inode are the same. Only where the parent is not racy does that prove it unchanged.</summary>
    public static bool LooksUnchanged(TreeEntry before, in ItemInfo now) =>
        before.Kind == now.Kind && before.Size == (now.Kind == ItemKind.File ? now.Size : 0)
        && before.Modified == now.Modified && before.Changed == now.Changed && before.Inode == now.Inode;
}
