using BackupPS.Engine.Compression;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>A stretch of a large file in memory: the worker that reads it and those that work on its chunks share it, and the last one gives it back.</summary>
internal sealed class FileBlock(FileBlockPool pool, NativeBuffer buffer)
{
    private int users;

    public Span<byte> Span => buffer.GetSpan();

    /// <summary>Whether somebody else uses it. To the reader, who alone shares it, <see langword="false"/> is final.</summary>
    public bool IsShared => Volatile.Read(ref users) > 1;

    /// <summary>One user more.</summary>
    public void Retain() => Interlocked.Increment(ref users);

    /// <summary>One user less.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0) pool.Return(this);
    }

    /// <summary>Frees the memory.</summary>
    public void Free() => buffer.Dispose();
}
