namespace BackupPS.Engine.Operations.Verify;

/// <summary>What is kept of a pack that the index describes: the whole would be 32 bytes for each blob of the repository.</summary>
/// <param name="Length">Length of the pack in bytes.</param>
/// <param name="Digest">Tells whether its own footer says the same.</param>
/// <param name="IndexObject">The first index object that describes it.</param>
internal readonly record struct DescribedPack(long Length, UInt128 Digest, string IndexObject);
