namespace BackupPS.Engine.Repositories;

/// <summary>Why what cannot be seen may not be taken for gone.</summary>
internal enum DoubtKind
{
    /// <summary>Something names the snapshot, and neither it, nor a tombstone, nor a record of its removal is there.</summary>
    Missing,

    /// <summary>A snapshot, or the record of a removal, is there and cannot be read.</summary>
    Unreadable,

    /// <summary>Something that is no object stands where one could be.</summary>
    Obstacle,

    /// <summary>There are packs, and neither a snapshot nor a record of a removal.</summary>
    NoHistory,
}
