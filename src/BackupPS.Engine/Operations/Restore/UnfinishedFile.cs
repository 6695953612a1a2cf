using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// How a file looks that a restore is writing under its own name, in a folder that it has made itself: sticky, and only its owner may write. Nobody
/// gives a file that mode. It gets its own mode last, so that a file with any other mode is whole; what a killed restore has left is replaced by
/// the next one, whatever the rule of overwriting.
/// </summary>
internal static class UnfinishedFile
{
    /// <summary>01200.</summary>
    public const uint Mode = 0x280;

    public static bool Is(in ItemInfo info) => info.Kind == ItemKind.File && info.Mode == Mode;
}
