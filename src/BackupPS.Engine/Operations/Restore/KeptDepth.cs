using System.Numerics;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Which folders on the way down a tree stay open while nobody works in them. All of a usual tree do; of a very deep one fewer, the deeper it goes: eight
/// between one power of two and the next, so that the handles of a process are enough for a tree of any depth and for what lies beside it.
/// </summary>
internal static class KeptDepth
{
    private const int Usual = 32, OfEachPower = 8;

    public static bool IsKept(int depth) => depth < Usual || depth % ((1 << BitOperations.Log2((uint)depth)) / OfEachPower) == 0;
}
