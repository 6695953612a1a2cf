using System.Buffers;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Compression;

/// <summary>
/// A large buffer outside of the collected heap. There, arrays of this size would start collections of all generations and stay after the run; here
/// the system gives pages when they are touched, and gets them back at the end. The content is undefined at first. Whoever disposes it has seen to
/// it that nobody uses it any more; there is no finalizer, since a span does not keep its owner alive.
/// </summary>
internal sealed unsafe class NativeBuffer : MemoryManager<byte>
{
    private byte* start;

    /// <param name="length">Bytes; more than 0.</param>
    /// <exception cref="OutOfMemoryException">The system has no more.</exception>
    public NativeBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        start = (byte*)NativeMemory.Alloc((nuint)length);
        Length = length;
    }

    public int Length { get; }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        return new Span<byte>(start, Length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(start is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length);
        return new MemoryHandle(start + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin()
    {
        // It never moves.
    }

    /// <summary>Gives the memory back; again does nothing.</summary>
    public void Dispose() => Dispose(true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(start);
        start = null;
    }
}
