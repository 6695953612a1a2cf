namespace BackupPS.Engine.Storage;

/// <summary>Kinds of failure of a store.</summary>
internal enum StoreFailure
{
    /// <summary>It may pass by itself.</summary>
    Transient,
    /// <summary>The store is not there.</summary>
    Unreachable,
    /// <summary>The account may not do this.</summary>
    Denied,
    /// <summary>There is no space left.</summary>
    Full,
    /// <summary>The medium returned an error for this object.</summary>
    Damaged,
    /// <summary>The medium returned an error for a write. What was stored before is not said to be hurt by it.</summary>
    Unwritable,
}
