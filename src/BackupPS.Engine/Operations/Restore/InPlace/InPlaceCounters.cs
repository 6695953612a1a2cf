namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>What a restore in place has counted so far, beside <see cref="RestoreCounters"/>.</summary>
internal sealed class InPlaceCounters
{
    /// <summary>Items, not folders, that were there and were compared.</summary>
    public long Compared;

    /// <summary>Of those: the same in content and metadata.</summary>
    public long Unchanged;

    /// <summary>Of those: replaced, or their metadata mended.</summary>
    public long Changed;

    /// <summary>Items that were missing.</summary>
    public long Created;

    /// <summary>Items, not folders, that the snapshot does not have.</summary>
    public long Deleted;

    /// <summary>Bytes of their content.</summary>
    public long BytesDeleted;

    /// <summary>Items that the snapshot does not have and that stay: what the policy excludes, and what must not be deleted.</summary>
    public long ExtrasKept;

    /// <summary>Bytes of the snapshot's content that were there already.</summary>
    public long BytesReused;
}
