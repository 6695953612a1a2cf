using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>What <c>-Overwrite</c> says of one item.</summary>
internal static class OverwriteRule
{
    public const string Never = "Never", IfNewer = "IfNewer", IfChanged = "IfChanged", Always = "Always";

    /// <exception cref="BackupException">It is none of the four (<see cref="BackupError.InvalidArgument"/>).</exception>
    public static void Check(string rule)
    {
        if (rule is not (Never or IfNewer or IfChanged or Always))
        {
            throw new BackupException(BackupError.InvalidArgument, $"'{rule}' is no rule of overwriting; they are Never, IfNewer, IfChanged and Always.", rule);
        }
    }

    /// <summary>Whether the item in the snapshot replaces the one that is there.</summary>
    public static bool Replaces(string rule, TreeEntry wanted, in ItemInfo there) => rule switch
    {
        _ when UnfinishedFile.Is(there) && wanted.Mode != UnfinishedFile.Mode => true,
        Always => true,
        IfNewer => wanted.Modified.CompareTo(there.Modified) > 0,
        IfChanged => wanted.Kind != there.Kind || wanted.Modified != there.Modified || (wanted.Kind == ItemKind.File && wanted.Size != there.Size),
        _ => false,
    };
}
