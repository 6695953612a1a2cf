using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Index;

/// <summary>
/// A file in memory, for reading. Unsafe, since the safe accessors cost two interlocked operations a read on a line that all threads share,
/// as much as the whole lookup. There is no Dispose: many threads read, and the pages stay until nobody refers to this any more. Whoever
/// uses bytes keeps this alive until after it (<see cref="GC.KeepAlive"/>).
/// </summary>
internal sealed unsafe class MappedFile
{
    private readonly SafeMemoryMappedViewHandle view;
    private readonly byte* start;

    /// <param name="file">The file; it may be closed and deleted afterwards, but nobody may cut it short.</param>
    /// <param name="length">Its length, not 0.</param>
    public MappedFile(SafeFileHandle file, long length)
    {
        Length = length;
        using var mapping = MemoryMappedFile.CreateFromFile(file, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read).SafeMemoryMappedViewHandle;
        view.AcquirePointer(ref start);
    }

    ~MappedFile()
    {
        if (start is null) return;
        view.ReleasePointer();
        view.Dispose();
    }

    public long Length { get; }

    public ReadOnlySpan<byte> Bytes(long offset, int count)
    {
        if ((ulong)offset > (ulong)Length || (uint)count > (ulong)(Length - offset)) throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(start + offset, count);
    }
}
