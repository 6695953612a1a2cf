using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace BackupPS.Engine.Packing;

/// <summary>Address of a blob: the first 24 bytes of its keyed hash. 192 bits leave no room for chance among 2^60 blobs.</summary>
internal readonly struct BlobId : IEquatable<BlobId>, IComparable<BlobId>
{
    public const int Length = 24;

    private readonly ulong high;
    private readonly ulong middle;
    private readonly ulong low;

    public BlobId(ReadOnlySpan<byte> bytes)
    {
        high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        middle = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        low = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
    }

    /// <summary>64 bits of the id for tables: ids are uniform, so they need no further mixing.</summary>
    public ulong Bits => low;

    /// <summary>The first 8 bytes, by which ids sort.</summary>
    public ulong High => high;

    /// <summary>The 8 bytes after those.</summary>
    public ulong Middle => middle;

    public bool IsZero => (high | middle | low) == 0;

    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], middle);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], low);
    }

    public bool Equals(BlobId other) => high == other.high && middle == other.middle && low == other.low;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is BlobId other && Equals(other);

    public override int GetHashCode() => (int)low;

    public int CompareTo(BlobId other)
    {
        int order = high.CompareTo(other.high);
        if (order == 0) order = middle.CompareTo(other.middle);
        return order != 0 ? order : low.CompareTo(other.low);
    }

    /// <summary>48 hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public static BlobId Parse(string hex) => new(Convert.FromHexString(hex));
}
