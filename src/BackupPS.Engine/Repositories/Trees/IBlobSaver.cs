using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Repositories.Trees;

/// <summary>Stores blobs that the repository lacks.</summary>
internal interface IBlobSaver
{
    /// <summary>Stores a blob, unless the repository has it.</summary>
    BlobId Save(BlobKind kind, ReadOnlySpan<byte> content);
}
