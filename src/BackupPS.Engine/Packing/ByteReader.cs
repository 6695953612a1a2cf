namespace BackupPS.Engine.Packing;

/// <summary>Reads what <see cref="ByteWriter"/> writes. Every length is checked against what is there before anything is allocated.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    public readonly int Remaining => rest.Length;

    /// <exception cref="InvalidDataException">The bytes end early.</exception>
    public byte ReadByte() => ReadBytes(1)[0];

    /// <exception cref="InvalidDataException">The bytes end early.</exception>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if ((uint)count > (uint)rest.Length) throw new InvalidDataException("The bytes end in the middle of a value.");
        ReadOnlySpan<byte> value = rest[..count];
        rest = rest[count..];
        return value;
    }

    /// <exception cref="InvalidDataException">The number has more than 64 bits, or more bytes than it needs.</exception>
    public ulong ReadNumber()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte next = ReadByte();
            if (shift == 63 && next > 1) break;
            value |= (ulong)(next & 0x7F) << shift;
            if (next >= 0x80) continue;
            if (next == 0 && shift > 0) throw new InvalidDataException("A number is written longer than it needs.");
            return value;
        }

        throw new InvalidDataException("A number has more than 64 bits.");
    }

    public long ReadSigned()
    {
        ulong value = ReadNumber();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number that must not be greater than <paramref name="maximum"/>.</summary>
    public int ReadCount(int maximum)
    {
        ulong value = ReadNumber();
        return value <= (ulong)maximum ? (int)value : throw OverBound(value, maximum);
    }

    public long ReadLong()
    {
        ulong value = ReadNumber();
        return value <= long.MaxValue ? (long)value : throw new InvalidDataException("A number is out of range.");
    }

    // Apart, so that the compiler takes the caller in.
    private static InvalidDataException OverBound(ulong value, int maximum) => new($"A count of {value} is over its bound of {maximum}.");

    public ReadOnlySpan<byte> ReadRun(int maximum) => ReadBytes(ReadCount(maximum));

    public BlobId ReadId() => new(ReadBytes(BlobId.Length));

    /// <exception cref="InvalidDataException">Something is left.</exception>
    public readonly void ExpectEnd()
    {
        if (!rest.IsEmpty) throw new InvalidDataException($"{rest.Length} bytes are left over.");
    }
}
