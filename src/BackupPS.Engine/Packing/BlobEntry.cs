namespace BackupPS.Engine.Packing;

/// <summary>A blob in a segment.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Length">Its length in bytes, before compression.</param>
internal readonly record struct BlobEntry(BlobId Id, int Length);
