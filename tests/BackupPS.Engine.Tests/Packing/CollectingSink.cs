using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Keeps finished packs.</summary>
internal sealed class CollectingSink(int bufferLength = PackAssembler.PackLength) : IPackSink
{
    private readonly Lock gate = new();

    public List<(PackDescription Pack, byte[] Bytes)> Packs { get; } = [];

    public byte[] RentBuffer() => new byte[bufferLength];

    public void Accept(PackBuilder pack)
    {
        using (pack)
        {
            PackDescription description = pack.Complete();
            lock (gate) Packs.Add((description, pack.Buffer[..(int)description.Length]));
        }
    }
}
