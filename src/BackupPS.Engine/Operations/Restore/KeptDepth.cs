using System.Numerics;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Which folders on the way down a tree stay open while nobody works in them. All of a usual tree do; of a deep one fewer, the deeper it goes: four
/// between one power of two and the next, which makes 44 of a tree of 2,000. A process that may have 256 handles, of which PowerShell takes 190, has enough of
/// them for a tree of any depth and for what lies beside it.
/// </summary>
internal static class KeptDepth
{
    private const int Usual = 16, OfEachPower = 4;

    public static bool IsKept(int depth) => depth < Usual || depth % ((1 << BitOperations.Log2((uint)depth)) / OfEachPower) == 0;
}
