using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Index;

/// <summary>Writes one section of a run front to back, block by block, and the tag of each block.</summary>
internal sealed class BlockStream(SafeFileHandle file, BlockSeal seal, byte[] tags, long offset)
{
    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(BlockSeal.BlockLength);
    private int filled;
    private long block = offset / BlockSeal.BlockLength;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            int room = buffer.Length - filled;
            if (bytes.Length < room)
            {
                bytes.CopyTo(buffer.AsSpan(filled));
                filled += bytes.Length;
                return;
            }

            bytes[..room].CopyTo(buffer.AsSpan(filled));
            bytes = bytes[room..];
            filled = buffer.Length;
            WriteBlock();
        }
    }

    /// <summary>Fills the last block with zeros.</summary>
    public void Finish()
    {
        if (filled == 0) return;
        buffer.AsSpan(filled).Clear();
        WriteBlock();
    }

    private void WriteBlock()
    {
        seal.Compute(block, buffer, tags.AsSpan((int)block * BlockSeal.TagLength, BlockSeal.TagLength));
        RandomAccess.Write(file, buffer, block * BlockSeal.BlockLength);
        block++;
        filled = 0;
    }
}
