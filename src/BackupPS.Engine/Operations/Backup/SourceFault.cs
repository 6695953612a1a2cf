using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Which fault a failed call on a source is.</summary>
internal static class SourceFault
{
    public static BackupFault From(PlatformException e, string path) => new(
        e.Failure switch
        {
            PlatformFailure.NotFound => BackupError.SourceVanished,
            PlatformFailure.Denied => BackupError.AccessDenied,
            PlatformFailure.NotAFile or PlatformFailure.NotAFolder => BackupError.SourceChanged,
            _ => BackupError.ReadFailed,
        },
        path,
        e.Message);

    /// <summary>Extended attributes that cannot be read cost themselves, and not the item.</summary>
    public static BackupFault OfAttributes(PlatformException e, string path) => new(BackupError.MetadataNotSaved, path, $"extended attributes: {e.Message}");
}
