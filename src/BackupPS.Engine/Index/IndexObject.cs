using System.Buffers.Binary;

namespace BackupPS.Engine.Index;

/// <summary>An index object as the store lists it.</summary>
/// <param name="Id">32 hexadecimal digits.</param>
/// <param name="StoredLength">Its length in bytes: one that was cut short since is another.</param>
internal sealed record IndexObject(string Id, long StoredLength)
{
    private const int IdLength = 16;

    public void Write(Span<byte> record)
    {
        Convert.FromHexString(Id, record[..IdLength], out _, out _);
        BinaryPrimitives.WriteInt64LittleEndian(record[IdLength..], StoredLength);
    }

    public static IndexObject Read(ReadOnlySpan<byte> record) => new(Convert.ToHexStringLower(record[..IdLength]), BinaryPrimitives.ReadInt64LittleEndian(record[IdLength..]));
}
