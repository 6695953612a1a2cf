namespace BackupPS.Engine.Operations.Restore;

/// <summary>What a target's file system may be unable to keep.</summary>
internal enum TargetLoss
{
    /// <summary>Owner and group.</summary>
    Owner,
    /// <summary>The mode.</summary>
    Mode,
    /// <summary>Extended attributes, ACLs among them.</summary>
    Attributes,
    /// <summary>Several names of one file.</summary>
    HardLink,
    /// <summary>Holes in a file.</summary>
    Holes,
}
