namespace BackupPS.Engine.Storage;

/// <summary>
/// Memory into which objects are read one after the other: arrays of megabytes that are dropped one by one stay for long, since they are collected last.
/// One reader at a time.
/// </summary>
internal sealed class ObjectBuffer
{
    // Below this .NET treats an array as any other.
    private const int LargeLength = 80 * 1024;

    private byte[] bytes = [];

    /// <summary>Memory of its own length and one byte more, where an object of this length is worth it; empty: it is not.</summary>
    /// <remarks>The one byte tells whether the object is longer than it was said to be.</remarks>
    /// <param name="length">Length of the object, as it was listed.</param>
    public Memory<byte> For(long length)
    {
        if (length < LargeLength || length >= int.MaxValue / 2) return default;
        if (bytes.Length <= length) bytes = GC.AllocateUninitializedArray<byte>((int)(length + (length / 16) + 1));
        return bytes.AsMemory(0, (int)length + 1);
    }
}
