using System.Buffers.Binary;

namespace BackupPS.Engine.Crypto;

/// <summary>Where in its object a sealed part stands: the nonce, and part of what the seal binds.</summary>
internal readonly struct SealPosition
{
    /// <summary>The one part of an object that is not a pack.</summary>
    public static readonly SealPosition Body = new(3, 0);

    /// <summary>The footer of a pack.</summary>
    public static readonly SealPosition Footer = new(2, 0);

    private readonly byte label;
    private readonly ulong number;

    private SealPosition(byte label, ulong number)
    {
        this.label = label;
        this.number = number;
    }

    /// <summary>A segment of a pack.</summary>
    /// <param name="number">From 0.</param>
    public static SealPosition Segment(int number) => new(1, (ulong)number);

    /// <summary>12 bytes: the label, three zeros, the number little-endian.</summary>
    public void Write(Span<byte> nonce)
    {
        nonce.Clear();
        nonce[0] = label;
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[4..], number);
    }
}
