using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>One version of an item, and which snapshots hold it.</summary>
/// <param name="entry">The item as one of them has it.</param>
/// <param name="holders">The snapshots; a set of its own.</param>
internal sealed class ItemVersion(TreeEntry entry, SnapshotNumbers holders)
{
    /// <summary>The item; with what does not tell versions apart, such as its mode, as the latest of the snapshots has it.</summary>
    public TreeEntry Entry { get; private set; } = entry;

    public SnapshotNumbers Holders => holders;

    /// <summary>More snapshots hold it.</summary>
    /// <returns>The item as those have it: an equal one that is held already, or <paramref name="again"/>.</returns>
    public TreeEntry Add(TreeEntry again, SnapshotNumbers more)
    {
        TreeEntry kept = LooksLike(again) ? Entry : again;
        if (more.Latest > holders.Latest) Entry = kept;
        holders.Add(more);
        return kept;
    }

    /// <summary>
    /// Whether an item is this version: kind, content (or link target, or device number) and modification time are the same. A folder is one version
    /// whatever is in it.
    /// </summary>
    public bool Is(TreeEntry other)
    {
        if (Entry.Kind != other.Kind) return false;
        if (Entry.Kind == ItemKind.Directory) return true;
        return Entry.Modified == other.Modified && Entry.HasContentOf(other);
    }

    private bool LooksLike(TreeEntry other) =>
        Entry.Mode == other.Mode && Entry.UserId == other.UserId && Entry.GroupId == other.GroupId && Entry.UserName == other.UserName && Entry.GroupName == other.GroupName
        && Entry.Modified == other.Modified && Entry.WindowsAttributes == other.WindowsAttributes && Entry.LinkDevice == other.LinkDevice && Entry.Subtree.Equals(other.Subtree);
}
