using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Compare;

/// <summary>What differs between two states of an item, and what such a change is called.</summary>
internal static class ItemDifference
{
    public const string Type = "Type", Size = "Size", Content = "Content", LinkTarget = "LinkTarget", Device = "Device", Modified = "Modified", Mode = "Mode", Owner = "Owner", Group = "Group", Attributes = "Attributes";

    /// <summary>What differs without a look at a file's content or at extended attributes. The time of a folder follows from what is in it, and does not count.</summary>
    public static List<string> Find(TreeEntry before, TreeEntry after)
    {
        if (before.Kind != after.Kind) return [Type];
        var differs = new List<string>();
        if (before.Size != after.Size) differs.Add(Size);
        if (!before.LinkTarget.AsSpan().SequenceEqual(after.LinkTarget)) differs.Add(LinkTarget);
        if (before.NodeMajor != after.NodeMajor || before.NodeMinor != after.NodeMinor) differs.Add(Device);
        if (before.Kind != ItemKind.Directory && before.Modified != after.Modified) differs.Add(Modified);
        if (before.Mode != after.Mode || before.WindowsAttributes != after.WindowsAttributes) differs.Add(Mode);
        if (IsOther(before.UserId, before.UserName, after.UserId, after.UserName)) differs.Add(Owner);
        if (IsOther(before.GroupId, before.GroupName, after.GroupId, after.GroupName)) differs.Add(Group);
        return differs;
    }

    /// <summary>The word for a change.</summary>
    /// <param name="differs">What differs; not empty.</param>
    /// <param name="trustsTimes">Whether a file of another modification time counts as changed: its content was not looked at.</param>
    public static string Name(IReadOnlyList<string> differs, bool trustsTimes)
    {
        if (differs.Contains(Type)) return "TypeChanged";
        bool modified = differs.Contains(Size) || differs.Contains(Content) || differs.Contains(LinkTarget) || differs.Contains(Device) || (trustsTimes && differs.Contains(Modified));
        return modified ? "Modified" : "MetadataChanged";
    }

    // Where an account's name is not known on one side, the number tells.
    private static bool IsOther(uint before, string nameBefore, uint after, string nameAfter) =>
        before != after || (nameBefore.Length > 0 && nameAfter.Length > 0 && nameBefore != nameAfter);
}
