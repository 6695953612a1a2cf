using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Keeps finished packs.</summary>
internal sealed class CollectingSink(int bufferLength = PackAssembler.PackLength) : IPackSink
{
    private readonly Lock gate = new();

    public List<(PackDescription Pack, byte[] Bytes)> Packs { get; } = [];

    public byte[] RentBuffer() => new byte[bufferLength];

    public void Accept(PackDescription pack, byte[] buffer)
    {
        lock (gate) Packs.Add((pack, buffer[..(int)pack.Length]));
    }
}
