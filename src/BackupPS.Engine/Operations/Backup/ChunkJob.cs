using System.Buffers;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>A chunk of a large file, cut by one worker to be hashed and compressed by another.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">Which of its chunks.</param>
/// <param name="Content">Owns the bytes.</param>
/// <param name="Length">How many bytes of it count.</param>
internal sealed record ChunkJob(FileReading File, int Number, IMemoryOwner<byte> Content, int Length);
