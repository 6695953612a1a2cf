using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>What ends a restore as a whole: the destination itself, the barrier at the end, a work folder. What fails for one item alone is a fault.</summary>
internal static class TargetFailure
{
    public static BackupException From(PlatformException e, string destination) => e.Failure == PlatformFailure.Full
        ? new BackupException(BackupError.NotEnoughSpace, $"The destination is full: {e.Message}", destination, e)
        : new BackupException(BackupError.WriteFailed, $"The restore to '{PathText.ToDisplay(destination)}' cannot go on: {e.Message}", destination, e);
}
