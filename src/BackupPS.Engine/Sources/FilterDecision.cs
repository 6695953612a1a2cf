namespace BackupPS.Engine.Sources;

/// <summary>What becomes of an item of a source.</summary>
internal enum FilterDecision
{
    /// <summary>It is saved; a folder is entered.</summary>
    Keep,
    /// <summary>It is left out; a folder is not entered.</summary>
    Exclude,
    /// <summary>A folder on another file system: it is saved without what is in it.</summary>
    KeepEmpty,
}
