namespace BackupPS.Engine.Storage.Folder;

/// <summary>What became of a finished file.</summary>
internal enum PublishOutcome
{
    /// <summary>It has its name, durably.</summary>
    Published,
    /// <summary>Another object has that name, durably.</summary>
    Exists,
    /// <summary>It is lost, or the file system cannot publish it this way: it has to be written again, which takes another way where the first is closed.</summary>
    Again,
}
