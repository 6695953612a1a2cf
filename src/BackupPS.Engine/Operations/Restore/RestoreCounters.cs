namespace BackupPS.Engine.Operations.Restore;

/// <summary>What a restore has counted so far.</summary>
internal sealed class RestoreCounters
{
    public long Restored;
    public long Skipped;
    public long Directories;
    public long Bytes;

    /// <summary>What the target's file system cannot keep.</summary>
    public TargetLosses Losses { get; } = new();

    /// <summary>Items whose owner could not be given back, because this account may not.</summary>
    public long OwnersLeft;

    /// <summary>Items with attributes that only root may set.</summary>
    public long AttributesLeft;
}
