namespace BackupPS.Engine.Index;

/// <summary>Where a copy of a blob is.</summary>
/// <param name="Pack">Number of the pack in the index.</param>
/// <param name="Segment">Number of the segment in the pack.</param>
/// <param name="Offset">First byte in the decompressed segment.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct BlobLocation(int Pack, int Segment, int Offset, int Length);
