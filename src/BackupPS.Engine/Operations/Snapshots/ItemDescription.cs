using System.Globalization;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Snapshots;

/// <summary>What users see of an item of a snapshot.</summary>
internal static class ItemDescription
{
    /// <summary>The item.</summary>
    /// <param name="entry">The item.</param>
    /// <param name="path">Its absolute path.</param>
    /// <param name="holders">The snapshots that hold it as it is here.</param>
    public static BackupItem Describe(TreeEntry entry, string path, ItemHolders holders) => new()
    {
        SnapshotId = holders.Latest.Id,
        Repository = holders.Repository,
        Path = path,
        Name = PathText.FromBytes(entry.Name),
        Type = entry.Kind.ToString(),
        Size = entry.Size,
        Modified = entry.Modified.ToDateTime(),
        Mode = Mode(entry),
        Owner = Owner(entry),
        Group = Group(entry),
        LinkTarget = PathText.FromBytes(entry.LinkTarget),
        HardLinked = entry.IsHardLinked,
        HostName = holders.Latest.HostName,
        SnapshotCount = holders.Ids.Length,
        FirstSeen = holders.First.Time,
        LastSeen = holders.Latest.Time,
        HeldBy = holders.Ids,
    };

    /// <summary>Permissions as <c>ls</c> shows them, or Windows attributes.</summary>
    public static string Mode(TreeEntry entry) => entry.WindowsAttributes != 0 ? ((FileAttributes)entry.WindowsAttributes).ToString() : ModeText(entry.Mode);

    /// <summary>Name of the owner, or the number where no name was known.</summary>
    public static string Owner(TreeEntry entry) => entry.UserName.Length > 0 ? entry.UserName : entry.UserId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Name of the group, or the number where no name was known.</summary>
    public static string Group(TreeEntry entry) => entry.GroupName.Length > 0 ? entry.GroupName : entry.GroupId.ToString(CultureInfo.InvariantCulture);

    // s and t stand where x would, in capitals where there is no x below.
    private static string ModeText(uint mode)
    {
        Span<char> text = stackalloc char[9];
        for (int i = 0; i < 9; i++) text[i] = (mode & (0x100u >> i)) != 0 ? "rwxrwxrwx"[i] : '-';
        if ((mode & 0x800) != 0) text[2] = text[2] == 'x' ? 's' : 'S';
        if ((mode & 0x400) != 0) text[5] = text[5] == 'x' ? 's' : 'S';
        if ((mode & 0x200) != 0) text[8] = text[8] == 'x' ? 't' : 'T';
        return new string(text);
    }
}
