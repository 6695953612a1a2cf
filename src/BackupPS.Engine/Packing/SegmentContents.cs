using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Packing;

/// <summary>A segment as footers and index objects list it. Segments follow each other without gaps, and blobs within a segment too.</summary>
/// <param name="SealedLength">Bytes in the pack, tag included.</param>
/// <param name="RawLength">Bytes after decompression.</param>
/// <param name="Codec">How it is compressed.</param>
/// <param name="Blobs">What it holds, in order.</param>
internal sealed record SegmentContents(int SealedLength, int RawLength, CodecId Codec, IReadOnlyList<BlobEntry> Blobs);
