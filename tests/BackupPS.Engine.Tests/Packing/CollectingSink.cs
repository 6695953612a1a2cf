using System.Buffers;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Tests.Packing;

/// <summary>Keeps finished packs.</summary>
internal sealed class CollectingSink : IPackSink
{
    private readonly Lock gate = new();

    public List<(PackDescription Pack, byte[] Bytes)> Packs { get; } = [];

    public void Accept(PackBuilder pack)
    {
        using (pack)
        {
            PackDescription description = pack.Complete(out ReadOnlySequence<byte> content);
            lock (gate) Packs.Add((description, content.ToArray()));
        }
    }

    /// <summary>Takes what is left in an assembler.</summary>
    public void TakeRest(PackAssembler assembler)
    {
        if (assembler.Detach() is { } pack) Accept(pack);
    }
}
