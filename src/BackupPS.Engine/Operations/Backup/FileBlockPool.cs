using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>
/// Blocks that large files are read into. How many are out is bounded by the chunks that the queue takes: each worker holds one or two. None is made
/// before the first large file. Safe for any number of threads.
/// </summary>
internal sealed class FileBlockPool : IDisposable
{
    private readonly int length;
    private readonly Lock gate = new();
    private readonly Stack<FileBlock> free = [];
    private bool disposed;

    /// <param name="maximumChunk">The longest chunk. A block holds two: while one is cut, the rest need not move.</param>
    public FileBlockPool(int maximumChunk) => length = 2 * maximumChunk;

    /// <summary>A block with one user.</summary>
    public FileBlock Rent()
    {
        FileBlock? block;
        lock (gate) free.TryPop(out block);
        block ??= new FileBlock(this, new NativeBuffer(length));
        block.Retain();
        return block;
    }

    /// <summary>Takes a block back that nobody uses.</summary>
    public void Return(FileBlock block)
    {
        lock (gate)
        {
            if (!disposed)
            {
                free.Push(block);
                return;
            }
        }

        block.Free();
    }

    /// <summary>Frees what is not out; what comes back later is freed then.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            while (free.TryPop(out FileBlock? block)) block.Free();
        }
    }
}
