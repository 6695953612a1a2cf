using System.Buffers;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>Content that tells when a store comes to read it, and can hold it up or throw there.</summary>
internal sealed class ObservedMemory(byte[] content, Action reading) : MemoryManager<byte>
{
    // The base asks for the span to learn its length.
    public override Memory<byte> Memory => CreateMemory(content.Length);

    public override Span<byte> GetSpan()
    {
        reading();
        return content;
    }

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin() => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
    }
}
