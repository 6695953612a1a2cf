namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>How far a restore in place is. Each is durable before what it names begins; the numbers are those of the journal.</summary>
internal enum JournalMark : byte
{
    /// <summary>New items are built in work folders. The target is untouched: what is in the work folders can be thrown away.</summary>
    Building = 0,
    /// <summary>Everything new is durable, and takes its place now: it can be completed, and it can be rolled back.</summary>
    Replacing = 1,
    /// <summary>Everything is in its place: what was kept can be thrown away.</summary>
    Done = 2,
    /// <summary>What was kept goes back: that must be completed.</summary>
    RollingBack = 3,
    /// <summary>Everything is as it was: what was built can be thrown away.</summary>
    RolledBack = 4,
}
