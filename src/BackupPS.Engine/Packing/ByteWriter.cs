namespace BackupPS.Engine.Packing;

/// <summary>Writes the primitives of the format: bytes, unsigned LEB128 numbers, and runs of bytes with their length in front.</summary>
internal sealed class ByteWriter
{
    private byte[] buffer;

    public ByteWriter(int capacity = 1024) => buffer = GC.AllocateUninitializedArray<byte>(capacity);

    public int Length { get; private set; }

    /// <summary>Bytes that fit in before it grows.</summary>
    public int Capacity => buffer.Length;

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    /// <summary>The same bytes, to be changed; until something is written.</summary>
    public Memory<byte> WrittenMemory => buffer.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Empties it, and makes room for so many bytes: what it held is not copied.</summary>
    public void Clear(int capacity)
    {
        Length = 0;
        if (buffer.Length < capacity) buffer = GC.AllocateUninitializedArray<byte>(capacity);
    }

    /// <summary>Makes room for bytes that are filled in later.</summary>
    public void Skip(int count) => Reserve(count);

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public void WriteNumber(ulong value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    public void WriteNumber(long value) => WriteNumber(checked((ulong)value));

    /// <summary>A number that may be negative, zigzag-coded.</summary>
    public void WriteSigned(long value) => WriteNumber((ulong)((value << 1) ^ (value >> 63)));

    public void WriteRun(ReadOnlySpan<byte> value)
    {
        WriteNumber((ulong)value.Length);
        WriteBytes(value);
    }

    public void WriteId(BlobId id) => id.CopyTo(Reserve(BlobId.Length));

    public byte[] ToArray() => Written.ToArray();

    private Span<byte> Reserve(int count)
    {
        if (buffer.Length - Length < count)
        {
            Array.Resize(ref buffer, Math.Max(checked(buffer.Length * 2), checked(Length + count)));
        }

        Span<byte> space = buffer.AsSpan(Length, count);
        Length += count;
        return space;
    }
}
