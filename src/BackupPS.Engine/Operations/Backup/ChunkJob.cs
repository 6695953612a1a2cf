namespace BackupPS.Engine.Operations.Backup;

/// <summary>A chunk of a large file, cut by one worker to be hashed and compressed by another, who then releases the block.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">Which of its chunks.</param>
/// <param name="Block">Holds the bytes.</param>
/// <param name="Start">The first of them.</param>
/// <param name="Length">How many there are.</param>
internal sealed record ChunkJob(FileReading File, int Number, FileBlock Block, int Start, int Length)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Content => Block.Span.Slice(Start, Length);
}
