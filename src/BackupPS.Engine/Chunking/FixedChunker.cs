namespace BackupPS.Engine.Chunking;

/// <summary>Blocks of one length: for disk images and databases, whose content stays in place.</summary>
internal sealed class FixedChunker(int length) : IChunker
{
    public int MinimumLength => length;

    public int MaximumLength => length;

    public int FindCut(ReadOnlySpan<byte> content) => Math.Min(content.Length, length);
}
