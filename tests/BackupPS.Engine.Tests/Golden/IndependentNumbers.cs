using System.Text;

namespace BackupPS.Engine.Tests.Golden;

/// <summary>FORMAT.md section 1, read anew: numbers, runs and ids.</summary>
internal ref struct IndependentNumbers(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> all = bytes;
    private int at = 0;

    public readonly bool AtEnd => at == all.Length;

    public byte Byte() => all[at++];

    public byte[] Bytes(int count)
    {
        byte[] value = all.Slice(at, count).ToArray();
        at += count;
        return value;
    }

    public ulong Number()
    {
        ulong value = 0;
        int shift = 0;
        while (true)
        {
            byte next = all[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if ((next & 0x80) == 0) return value;
            shift += 7;
        }
    }

    public int Count() => checked((int)Number());

    public long Signed()
    {
        ulong value = Number();
        return (value & 1) == 0 ? (long)(value >> 1) : -(long)(value >> 1) - 1;
    }

    public byte[] Run() => Bytes(Count());

    public string Text() => Encoding.UTF8.GetString(Run());

    public string Id() => Convert.ToHexStringLower(Bytes(24));
}
