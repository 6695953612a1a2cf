namespace BackupPS.Benchmarks.Measuring;

/// <summary>What is timed.</summary>
internal enum Operation
{
    /// <summary>Into an empty repository.</summary>
    First,

    /// <summary>Again, nothing changed, unlocked with a passphrase.</summary>
    Unchanged,

    /// <summary>Again, after the change set.</summary>
    Changed,

    /// <summary>Every byte of the repository.</summary>
    Verify,

    /// <summary>The whole snapshot into an empty folder.</summary>
    Restore,

    /// <summary>One file of the snapshot into an empty folder.</summary>
    RestoreOne,

    /// <summary>Every item of the snapshot.</summary>
    List,
}
