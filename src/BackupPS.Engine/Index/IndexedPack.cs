using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Index;

/// <summary>A pack in the index, with what is needed to read its segments.</summary>
internal sealed class IndexedPack
{
    public required string Name { get; init; }

    public required byte[] Salt { get; init; }

    public required BlobKind Kind { get; init; }

    public required long Length { get; init; }

    public required IndexedSegment[] Segments { get; init; }
}
