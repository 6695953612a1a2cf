using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Index;

/// <summary>A segment in the index.</summary>
/// <param name="Offset">First byte in the pack.</param>
/// <param name="SealedLength">Bytes in the pack.</param>
/// <param name="RawLength">Bytes after decompression.</param>
/// <param name="Codec">How it is compressed.</param>
internal readonly record struct IndexedSegment(int Offset, int SealedLength, int RawLength, CodecId Codec);
