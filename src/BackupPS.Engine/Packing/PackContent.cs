using System.Buffers;

namespace BackupPS.Engine.Packing;

/// <summary>A stretch of a pack in memory, in a chain of them.</summary>
internal sealed class PackContent : ReadOnlySequenceSegment<byte>
{
    private PackContent(ReadOnlyMemory<byte> part, long index)
    {
        Memory = part;
        RunningIndex = index;
    }

    /// <summary>One sequence of the parts, of which there is at least one.</summary>
    public static ReadOnlySequence<byte> Join(IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        var first = new PackContent(parts[0], 0);
        PackContent last = first;
        for (int i = 1; i < parts.Count; i++)
        {
            var next = new PackContent(parts[i], last.RunningIndex + last.Memory.Length);
            last.Next = next;
            last = next;
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
