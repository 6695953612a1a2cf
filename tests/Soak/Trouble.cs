namespace BackupPS.Soak;

/// <summary>What a round is about.</summary>
internal enum Trouble
{
    /// <summary>Processes are killed.</summary>
    Kills,
    /// <summary>Processes are stopped for a while, and some are killed while they are.</summary>
    Stops,
    /// <summary>The disk is full for a while.</summary>
    FullDisk,
    /// <summary>The disk is read-only for a while.</summary>
    ReadOnly,
    /// <summary>The disk loses its power.</summary>
    PowerCut,
}
