using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>What a new item in a folder has that this restore has made, before anything is set: what is right already need not be set.</summary>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Group: that of the folder, which has it from where its items have theirs.</param>
/// <param name="KeepsModes">Whether the file system keeps modes: the folder has the one that it was made with.</param>
/// <param name="InheritAttributes">Whether it may come with attributes (a default ACL), which must be removed where they are not wanted.</param>
internal sealed record NewItems(uint UserId, uint GroupId, bool KeepsModes, bool InheritAttributes)
{
    // A folder is made for its owner alone, and umask and ACL only take away.
    private const uint OthersBits = 0x3F;

    /// <summary>Looks at a folder that was just made, and is empty.</summary>
    /// <returns><see langword="null"/> where that cannot be told.</returns>
    public static NewItems? In(IFolder folder)
    {
        if (OperatingSystem.IsWindows()) return null;
        try
        {
            ItemInfo info = folder.GetInfo();
            bool inherit = false;
            foreach (ExtendedAttribute attribute in folder.ReadAttributes())
            {
                // Labels are the system's own: every item has one, and it is never removed.
                inherit |= !attribute.Name.AsSpan().StartsWith("security."u8);
            }

            return new NewItems(info.UserId, info.GroupId, ShowsKeepingModes(info), inherit);
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    /// <summary>Whether a folder that was made for its owner alone shows that its file system keeps modes.</summary>
    public static bool ShowsKeepingModes(in ItemInfo made) => OperatingSystem.IsWindows() || (made.Mode & OthersBits) == 0;
}
