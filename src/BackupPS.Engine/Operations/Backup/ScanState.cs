namespace BackupPS.Engine.Operations.Backup;

/// <summary>What a scan says of an item beside its metadata.</summary>
internal enum ScanState : byte
{
    /// <summary>It is part of the backup. What is in a folder follows.</summary>
    Kept,
    /// <summary>A folder that is kept without what is in it: another file system.</summary>
    KeptEmpty,
    /// <summary>A folder that is here only because a source lies below it. What is in it follows.</summary>
    Leading,
    /// <summary>A rule leaves it out.</summary>
    Excluded,
    /// <summary>It could not be looked at; the faults say why.</summary>
    Failed,
}
