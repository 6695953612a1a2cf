namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Flags of an entry. FORMAT.md, "Entry".</summary>
[Flags]
internal enum TreeEntryFlags : ulong
{
    None = 0,
    /// <summary>Its times do not prove that it is unchanged.</summary>
    Racy = 1,
    /// <summary>A folder that only leads to a source.</summary>
    Ancestor = 2,
    /// <summary>The item has several names.</summary>
    HardLinked = 4,
    /// <summary>There is a list of ranges.</summary>
    Sparse = 8,
    /// <summary>Attributes stand in the entry.</summary>
    InlineAttributes = 16,
    /// <summary>Attributes stand in a blob.</summary>
    AttributeBlob = 32,
    /// <summary>Those that are known.</summary>
    All = 63,
}
