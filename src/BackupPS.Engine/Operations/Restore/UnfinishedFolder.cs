using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// How a folder looks that a restore has made and not finished: sticky, and only for its owner. It gets its own mode when the last item in it is
/// done; one that a killed restore has left gets it from the next, whatever the rule of overwriting.
/// </summary>
internal static class UnfinishedFolder
{
    /// <summary>01700.</summary>
    public const uint Mode = 0x3C0;

    // From a folder above that passes its group on.
    private const uint SetGroup = 0x400;

    public static bool Is(in ItemInfo info) => info.Kind == ItemKind.Directory && (info.Mode & ~SetGroup) == Mode;
}
