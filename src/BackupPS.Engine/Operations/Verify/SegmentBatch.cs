using System.Numerics;
using BackupPS.Engine.Packing;

namespace BackupPS.Engine.Operations.Verify;

/// <summary>Some segments of a pack that follow each other, as they were read. Each worker has one, and fills it again and again.</summary>
internal sealed class SegmentBatch
{
    /// <summary>64 hexadecimal digits.</summary>
    public string Pack { get; private set; } = "";

    /// <summary>Name of the pack's object.</summary>
    public string Name { get; private set; } = "";

    /// <summary>What the pack holds.</summary>
    public PackDescription? Description { get; private set; }

    /// <summary>Number of the first segment.</summary>
    public int First { get; private set; }

    /// <summary>How many segments there are.</summary>
    public int Count { get; private set; }

    /// <summary>The sealed segments, one after the other; the rest of the buffer has no meaning.</summary>
    public byte[] Buffer { get; private set; } = [];

    /// <summary>Makes it that of other segments, with room for so many bytes.</summary>
    public void Set(string pack, string name, PackDescription? description, int first, int count, int length)
    {
        Pack = pack;
        Name = name;
        Description = description;
        First = first;
        Count = count;
        // To powers of two, so that it is made anew a few times at most.
        if (Buffer.Length < length) Buffer = GC.AllocateUninitializedArray<byte>((int)BitOperations.RoundUpToPowerOf2((uint)length));
    }
}
