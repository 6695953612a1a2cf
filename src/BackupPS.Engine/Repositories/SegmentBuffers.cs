using System.Numerics;

namespace BackupPS.Engine.Repositories;

/// <summary>
/// Buffers for decompressed segments, of a few lengths. Kept here and not in the shared pool: that one holds on to some of each for each thread,
/// and what it does not hold is new memory of the large object heap, which is collected late: 1.3 GB in the restore of a source tree.
/// </summary>
internal sealed class SegmentBuffers
{
    // A segment of trees has 128 KiB and a little more; one of data some 1 MiB, up to the length of a large chunk. Few lengths, since a buffer of a
    // length that is not wanted for a while is given up, and made anew later; what is not touched of a buffer takes no memory.
    private const int TreeLength = 256 * 1024, DataLength = 2 * 1024 * 1024;

    // Idle bytes of one length, two buffers at least: what a cache lets go of when a large segment comes, and the workers are about to want.
    private const int MostIdle = 8 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly Stack<byte[]>[] idle = [.. Enumerable.Range(0, 32).Select(static _ => new Stack<byte[]>())];

    /// <summary>A buffer of at least this length; its content is whatever it was.</summary>
    public byte[] Rent(int length)
    {
        int size = length <= TreeLength ? TreeLength : length <= DataLength ? DataLength : (int)BitOperations.RoundUpToPowerOf2((uint)length);
        lock (gate)
        {
            if (idle[BitOperations.Log2((uint)size)].TryPop(out byte[]? buffer)) return buffer;
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }

    public void Return(byte[] buffer)
    {
        Stack<byte[]> same = idle[BitOperations.Log2((uint)buffer.Length)];
        lock (gate)
        {
            if (same.Count < Math.Max(2, MostIdle / buffer.Length)) same.Push(buffer);
        }
    }
}
